"""What to put into the DNS so that mail arrives, and whether it is there: SPF, DKIM, DMARC, MX and PTR."""
