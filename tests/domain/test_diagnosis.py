"""What `check` says of one instance."""
import pytest

from capacity_sync.domain.diagnosis import Diagnosis, InstanceCheck
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Failure

MISSING = Failure(Category.PERMISSION, "sizes are hidden", remedy="GRANT pg_read_all_stats TO monitor")


@pytest.mark.parametrize(("check", "healthy"), [
    (InstanceCheck("one", "x", diagnosis=Diagnosis("1.0", Completeness.COMPLETE)), True),
    (InstanceCheck("one", "x", diagnosis=Diagnosis("1.0", Completeness.COMPLETE, [MISSING])), False),
    (InstanceCheck("one", "x", error=Failure(Category.NETWORK, "refused")), False),
    (InstanceCheck("one", "x"), False),
])
def test_an_instance_is_healthy_when_it_was_entered_and_no_privilege_is_missing(check, healthy):
    assert check.healthy is healthy
