"""What a file may ask of us. Each number has its test."""

MEGABYTE = 1024 * 1024

MAX_TEXT_FILE = 200 * MEGABYTE
MAX_SHEET_FILE = 60 * MEGABYTE  # a quarter of a million people with twelve columns are 24

# Zip containers (XLSX, ODS), looked at before anything is unpacked.
MAX_ENTRIES = 200
MAX_UNPACKED = 400 * MEGABYTE
MAX_RATIO = 150
SMALL_ENTRY = MEGABYTE  # an entry this small may shrink as much as it likes

# What the child process may use. Real sheets of a million rows stay far below.
CHILD_MEMORY = 1024 * MEGABYTE
CHILD_CPU_SECONDS = 50
LOOK_SECONDS = 40  # of the clock: somebody waits for the answer
CHILD_OUTPUT = 2048 * MEGABYTE

MAX_ROWS = 1_048_576  # the most a sheet holds; a longer CSV can be cut in two
MAX_SHEET_ROWS = 250_000  # of a spreadsheet: unfolding one costs ten times as much as text
MAX_COLUMNS = 1_000
MAX_SHEET_COLUMNS = 16_384
MAX_CELLS = 25_000_000  # with or without content; 60 MB of real data are 8 million
MAX_CELL = 10_000  # characters
MAX_LINE = 400_000  # characters of one line of text
MAX_QUOTED_LINES = 200  # lines one quoted cell may run over

SAMPLE_ROWS = 30
HEADER_SEARCH_ROWS = 20
SEARCHED_SHEETS = 10
