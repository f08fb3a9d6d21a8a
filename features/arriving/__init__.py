"""Records that arrive one by one: read, held against their contract, kept, and turned into features within moments.

rows      rows as JSON or frames, in the types of their contract; what breaks it becomes a finding
lake_index  what a check must know of the lake without opening it: keys and households
homes     who lives with whom, and the records that follow from it
arrived   everything that came since the record log was written, in memory
known_rows  which rows are known, correct what is known, or contradict it
records_of, added  what rows add to the record log, theirs and those of the same home
intake    one transaction for all who wait: references, known keys, journal
online_rows  the online rows brought up to what the journal holds
"""
