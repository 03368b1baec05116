"""The audit: what is duplicated, dead or broken in a project, and a drafted migration that mends it.

```
paths ── gather ──▶ FileFacts ── World ──▶ forks, dead, broken, spellings, cycles ──▶ Audit ──▶ draft, reports
         workers    small values            the whole project, no text is read again
```
"""
