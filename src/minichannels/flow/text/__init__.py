"""An event in words: sentences, tables, HTML, Mermaid."""
