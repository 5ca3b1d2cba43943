"""Making programs that name AWS hosts find the offline AWS: a local certificate authority and a CONNECT proxy."""
