"""Aggregates worked out slowly, over plain lists: what every store has to come to.

Calendar periods are found by asking each day which period it belongs to, averages are fractions, and nothing is shared
with the package but its values.
"""
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

DAY = timedelta(days=1)
LABELS = {
    "daily": lambda day: day,
    "weekly": lambda day: day.isocalendar()[:2],
    "monthly": lambda day: (day.year, day.month),
    "quarterly": lambda day: (day.year, (day.month + 2) // 3),
}


def days_of(kind, day):
    """All days of the period that *day* belongs to."""
    label = LABELS[kind]
    first = last = day
    while label(first - DAY) == label(day):
        first -= DAY
    while label(last + DAY) == label(day):
        last += DAY
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def average(numbers):
    return floor(Fraction(sum(numbers), len(numbers)))


def three(numbers):
    return (average(numbers), max(numbers), min(numbers)) if numbers else (None, None, None)


def rate(now, before):
    """Percent with two decimals, halves away from zero."""
    if before <= 0:
        return Decimal("0.00")
    exact = Fraction(now - before) * 100 / before
    cents = floor(abs(exact) * 100 + Fraction(1, 2))
    return Decimal(min(cents, 9999999999) * (1 if exact >= 0 else -1)) / 100


def values(rows, key):
    return {getattr(row, key) for row in rows} - {None}


def contradictory(rows, *keys):
    return any(len(values(rows, key)) > 1 for key in keys)


def database_rows(kind, sizes, first_seen):
    """*sizes*: (instance, stored size) pairs. One dict per instance, name and period, of everything in it."""
    by_database = defaultdict(list)
    for owner, size in sizes:
        by_database[owner, size.database_name, tuple(days_of(kind, size.collected_date))].append(size)
    for rows in by_database.values():
        rows.sort(key=lambda row: row.collected_date)
    return {(owner, name, days[0]): database_row(owner, name, days, by_database, first_seen)
            for owner, name, days in by_database}


def previous_rows(kind_days, owner, by_database):
    """What the instance had in the period before, by name."""
    day_before = kind_days[0] - DAY
    return {name: rows for (of, name, days), rows in by_database.items() if of == owner and day_before in days}


def database_row(owner, name, days, by_database, first_seen):
    rows = by_database[owner, name, days]
    before = previous_rows(days, owner, by_database)
    then, comparison = predecessor(name, rows, before)
    row = {"period": (days[0], days[-1]), "data_count": len(rows), "comparison": comparison}
    for key in ("size_mb", "data_size_mb", "log_size_mb"):
        now, past = ([getattr(one, key) for one in some if getattr(one, key) is not None] for some in (rows, then))
        row[key] = three(now)
        comparable = bool(now and past)
        row[f"{key} change"] = (
            None if not now else (average(now) - average(past), rate(average(now), average(past))) if comparable
            else (0, Decimal("0.00")))
    exact, past = ([one.size_bytes for one in some] for some in (rows, then))
    row["bytes"] = (None, None, None) if None in exact else three(exact)
    known = bool(past) and None not in exact and None not in past
    row["change_bytes"] = average(exact) - average(past) if known else None
    row["first_bytes"] = None if contradictory(rows, "identity", "method", "basis") else rows[0].size_bytes
    row["last_bytes"] = rows[-1].size_bytes
    row["days"] = (len(rows), expected(days, first_seen.get((owner, name)), rows[0].collected_date))
    return row


def predecessor(name, rows, before):
    if contradictory(rows, "identity"):
        return [], "recreated"
    if contradictory(rows, "method", "basis"):
        return [], "remeasured"
    then = before.get(name, [])
    if not then or contradictory(then + rows, "identity"):
        identity = values(rows, "identity")
        others = {old: some for old, some in before.items() if old != name and identity == values(some, "identity")}
        if identity and others:
            then = others[max(others, key=lambda old: (others[old][-1].collected_date, old))]
    if not then:
        return [], "no_previous"
    if contradictory(then + rows, "identity"):
        return [], "recreated"
    if contradictory(then + rows, "method", "basis"):
        return [], "remeasured"
    return then, "compared"


def expected(days, first_seen, first_row):
    """Days from the first on which it was seen, or had a row."""
    if first_seen is None:
        return len(days)
    return len([day for day in days if day >= first_seen or day >= first_row])


def instance_rows(kind, totals, sizes, first_seen):
    """*totals*: {(instance, day): total}. One dict per instance and period."""
    databases = database_rows(kind, sizes, first_seen)
    periods = defaultdict(dict)
    for (owner, day), total in totals.items():
        periods[owner, tuple(days_of(kind, day))][day] = total
    return {(owner, days[0]): instance_row(owner, days, periods, databases, first_seen) for owner, days in periods}


def instance_row(owner, days, periods, databases, first_seen):
    now = periods[owner, days]
    then = next((some for (of, past), some in periods.items() if of == owner and days[0] - DAY in past), {})
    whole, whole_then = ([total for _, total in sorted(some.items()) if total.measured_count == total.expected_count]
                         for some in (now, then))
    remeasured = any(row["comparison"] == "remeasured" for (of, _, start), row in databases.items()
                     if (of, start) == (owner, days[0]))
    comparison = ("no_previous" if not then else "partial" if not (whole and whole_then)
                  else "remeasured" if remeasured else "compared")

    def change(key, compared):
        if not compared:
            return 0, Decimal("0.00")
        one, other = (average([getattr(total, key) for total in some]) for some in (whole, whole_then))
        return one - other, rate(one, other)

    size_change = change("total_mb", comparison == "compared")
    exact, past = ([total.total_bytes for total in some] for some in (whole, whole_then))
    known = comparison == "compared" and None not in exact + past
    seen = [day for (of, _), day in first_seen.items() if of == owner]
    return {
        "period": (days[0], days[-1]), "data_count": len(now), "comparison": comparison,
        "size_mb": three([total.total_mb for total in now.values()]),
        "databases": three([total.measured_count for total in now.values()]),
        "size_mb change": size_change, "databases change": change("measured_count", bool(whole and whole_then)),
        "trend": "growing" if size_change[1] > 5 else "shrinking" if size_change[1] < -5 else "stable",
        "bytes": (None, None, None) if None in exact else three(exact),
        "first_bytes": exact[0] if exact and comparison != "remeasured" else None,
        "last_bytes": exact[-1] if exact else None,
        "change_bytes": average(exact) - average(past) if known else None,
        "days": (len(whole), expected(days, min(seen, default=None), min(now))),
    }


def flat(aggregate):
    """An aggregate as such a dict."""
    def spread(one):
        return (None, None, None) if one is None else (one.average, one.largest, one.smallest)

    def change(one):
        return None if one is None else (one.amount, one.percent)

    seen = aggregate.observed
    row = {
        "period": (aggregate.period.start, aggregate.period.end), "data_count": aggregate.data_count,
        "comparison": seen.comparison.value, "size_mb": spread(aggregate.megabytes),
        "size_mb change": change(aggregate.change), "bytes": spread(seen.bytes), "first_bytes": seen.first_bytes,
        "last_bytes": seen.last_bytes, "change_bytes": seen.change_bytes,
        "days": (seen.days_observed, seen.days_expected),
    }
    if hasattr(aggregate, "trend"):
        return row | {"databases": spread(aggregate.databases), "trend": aggregate.trend.value,
                      "databases change": change(aggregate.database_change)}
    return row | {
        "data_size_mb": spread(aggregate.data_mb), "data_size_mb change": change(aggregate.data_change),
        "log_size_mb": spread(aggregate.log_mb), "log_size_mb change": change(aggregate.log_change)}
