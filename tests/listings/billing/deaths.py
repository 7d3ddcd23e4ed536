"""Workers that die at a statement, in a test whose transaction goes on."""


class Crash(BaseException):
    """The worker dies. A BaseException, so that no code of ours catches it."""


class Death:
    """For `connection.execute_wrapper`: `is_last(sql, params)` says before which statement the worker dies.

    A database undoes by itself what a dead worker had begun. Within the transaction of a test, where the worker's own
    transactions are savepoints, Django asks for that with statements: these alone still pass.
    """

    def __init__(self, is_last):
        self.is_last = is_last
        self.is_dead = False
        self.undone = ""  # the savepoint that was gone back to, which Django then removes

    def __call__(self, execute, sql, params, many, context):
        self.is_dead = self.is_dead or self.is_last(sql, params)
        if self.is_dead and not self._undoes(sql):
            raise Crash
        return execute(sql, params, many, context)

    def _undoes(self, sql: str) -> bool:
        words, _, name = sql.rpartition(" ")
        if words == "ROLLBACK TO SAVEPOINT":
            self.undone = name
        return words == "ROLLBACK TO SAVEPOINT" or (words == "RELEASE SAVEPOINT" and name == self.undone)


def after(statements: int) -> Death:
    left = [statements]

    def is_last(sql, params) -> bool:
        left[0] -= 1
        return left[0] < 0

    return Death(is_last)


def before(*words: str) -> Death:
    """Before the first statement that has all of these words, in itself or in what is passed to it."""
    return Death(lambda sql, params: all(word in f"{sql} {params}" for word in words))
