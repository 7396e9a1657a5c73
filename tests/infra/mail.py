"""What left the house, for tests: runs the real engine and reads the real outbox."""
