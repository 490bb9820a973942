-- Who answers, and who asks. VERSION() may lie behind a proxy, but less than the greeting does.
SELECT VERSION(), @@version_comment, CURRENT_USER(), @@log_bin, @@lower_case_table_names
