"""Documents, figures and open data of the service system: values of the pure floors in, bytes out."""
