"""Spreadsheets into rows, rows into people. Pure: knows no database.

refusals, limits → sniffing, zips, text, xlsx, ods → layout → reader (a child
process with limits, started by child) and columns, guessing → cleaning →
deciding. What is told about a file is a code; sentences gives the words.
"""
