"""DKIM (RFC 6376, RFC 8463): keys, records, signatures their proof. Knows no row and no setting."""
