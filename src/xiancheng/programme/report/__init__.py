"""Reports of an assessment: terminal, JSON, XLSX and one self-contained HTML file."""
