"""The fields of every result, in order: things outside this repository read them."""
import attrs
import pytest

from capacity_sync.domain import capacity, inventory, outcomes, sync_report

FIELDS = {
    outcomes.Failure: "category message code remedy retryable",
    inventory.InventoryRow: "name identity is_system state unmeasurable",
    capacity.CapacityRow: "database_name size_bytes method basis data_bytes log_bytes max_bytes identity",
    capacity.Unmeasured: "database_name failure",
    capacity.InstanceFacts: "overhead_bytes log_bytes",
    sync_report.InventoryOutcome: "created refreshed reactivated deactivated recreated renamed held active_databases "
                                  "filtered_databases completeness",
    sync_report.CapacityOutcome: "saved total_bytes databases unmeasured",
    sync_report.SyncReport: "name engine status server_version error warnings facts inventory capacity duration_s",
    sync_report.RunReport: "run_id status started_at finished_at collected_date instances",
}


@pytest.mark.parametrize("kind", FIELDS, ids=lambda kind: kind.__name__)
def test_a_result_has_these_fields(kind):
    assert [field.name for field in attrs.fields(kind)] == FIELDS[kind].split()


def test_the_words_of_the_outcome_taxonomy():
    assert [category.value for category in outcomes.Category] == [
        "authentication", "permission", "network", "timeout", "unknown_database", "unavailable", "too_busy",
        "unsupported", "query", "internal"]
