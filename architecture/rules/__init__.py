"""What the contracts in `contracts.ini` cannot express. Each rule yields one line per violation; its name says it."""
from collections.abc import Callable, Iterator

from architecture.house import House
from architecture.rules import engines, import_time, imports, shape

RULES: tuple[Callable[[House], Iterator[str]], ...] = (
    imports.packages_of_others_stay_in_their_rooms,
    imports.the_core_imports_nothing_by_name,
    engines.an_engine_is_named_in_its_folder_only,
    engines.an_engine_is_one_folder_and_one_entry_point,
    shape.no_module_is_longer_than_200_lines,
    shape.no_function_is_longer_than_30_lines,
    shape.no_room_is_named_after_nothing,
    engines.sql_text_stands_in_sql_files,
    engines.every_sql_file_is_read_by_its_engine,
    shape.every_ignore_names_its_rule_and_its_reason,
    import_time.a_module_declares_and_does_nothing,
    import_time.the_clock_is_read_in_one_place,
    shape.a_port_has_no_behaviour,
    shape.what_implements_a_port_is_final,
)
