"""Cases of series: readings as the certificates of their time correct them."""
