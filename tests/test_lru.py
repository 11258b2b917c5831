"""The bounded map that caches are made of."""

from __future__ import annotations

from tunix_rt.lru import LruMap


def test_the_least_recently_used_entry_is_forgotten_first():
    entries: LruMap[str, int] = LruMap(2)
    entries.put("a", 1)
    entries.put("b", 2)
    assert entries.get("a") == 1

    entries.put("c", 3)

    assert list(entries.newest()) == [("c", 3), ("a", 1)]
    assert "b" not in entries
    assert entries.get("b") is None


def test_a_value_that_is_put_again_is_used_and_counted_once():
    entries: LruMap[str, int] = LruMap(2)
    entries.put("a", 1)
    entries.put("b", 2)

    entries.put("a", 3)

    assert list(entries.newest()) == [("a", 3), ("b", 2)]


def test_sizes_add_up():
    entries: LruMap[str, int] = LruMap(5, len)
    for key in ("ab", "cd", "efg"):
        entries.put(key, 0)

    assert list(entries.newest()) == [("efg", 0), ("cd", 0)]
    entries.put("longer", 0)
    assert list(entries.newest()) == []
