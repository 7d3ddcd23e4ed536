"""Rules that the database itself keeps, declared in the Meta of the model whose table they are on.

Migrations are made of them as of any other part of a model (django-pgtrigger).
"""

import pgtrigger
from pgtrigger import compiler


class TriggerSql(compiler.UpsertTriggerSql):
    """pgtrigger's, but without the setting by which a session can tell all triggers to do nothing.

    Every role may change such a setting, the one of the web server too, and then rewrite the ledger.
    """

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$ LANGUAGE plpgsql;

            CREATE OR REPLACE TRIGGER {pgid} {when} {operation} ON {table}
                FOR EACH {level} {condition} EXECUTE PROCEDURE {execute};

            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class StatementTriggerSql(TriggerSql):
    """The same for a trigger that is given all rows of a statement as tables."""

    def get_template(self) -> str:
        return super().get_template().replace("FOR EACH", "{referencing} FOR EACH")


class Trigger(pgtrigger.Trigger):
    """One trigger of a model, for each row."""

    sql_class: type[TriggerSql] = TriggerSql

    def compile(self, model) -> compiler.Trigger:
        compiled = super().compile(model)
        sql = {name: value for name, value in compiled.sql.kwargs.items() if name != "ignore_func_name"}
        return compiler.Trigger(name=compiled.name, sql=self.sql_class(**sql))


class StatementTrigger(Trigger):
    """One trigger of a model, once a statement: for imports, which write thousands of rows in one."""

    level = pgtrigger.Statement
    sql_class = StatementTriggerSql
