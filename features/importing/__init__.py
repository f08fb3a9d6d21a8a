"""A city's own data in: files of any size become imported records, which the lake reads like those of any source.

Every import goes the same way: raw rows as text (`files`) → the columns of a contract (`omop`, `mapping`) → checked by
themselves, a million at a time, broken ones set aside (`run`) → merged into what was imported before (`collection`).
"""
