"""The same for many at once: domains do not wait for each other."""

from concurrent.futures import ThreadPoolExecutor

WORKERS = 12


def for_all(function, items, workers=WORKERS):
    """function(item) for each item, in the order of the items."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(function, items))


def by_name(function, rows, workers=WORKERS):
    """function(row) for each row of world.py, by the row's name."""
    return dict(zip((row.name for row in rows), for_all(function, rows, workers)))
