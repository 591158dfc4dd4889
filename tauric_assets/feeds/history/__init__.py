"""Past trades and quotes out of files: Databento, Tardis, Binance, TrueFX, HistData, Parquet.

Belongs here: readers, pure: a file in, batches of canonical rows out, one batch at a time.
Not here: writing them anywhere (commands/importing.py).
"""
