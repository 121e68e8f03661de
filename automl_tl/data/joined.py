"""Sets that grow together: which of n things are joined, by whatever chain (Tarjan 1975)."""


class Joined:
    """``count`` things, each alone at first; the first of a set stands for it."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def join(self, one: int, other: int) -> None:
        """Make one set of the two that these belong to."""
        if one != other:
            a, b = self.first(one), self.first(other)
            self._parents[max(a, b)] = min(a, b)

    def first(self, one: int) -> int:
        """The first of its set."""
        parents = self._parents
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one
