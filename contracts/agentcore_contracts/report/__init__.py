"""Reports: one set of records, written as JSON, HTML, JUnit XML and Markdown."""
