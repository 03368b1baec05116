"""The audit: what is duplicated, dead or broken in a project, and a drafted migration that fixes it.

```
paths ── gather ──▶ FileFacts ── ProjectModel ──▶ forks, dead, broken, spellings, cycles ──▶ Audit ──▶ draft, reports
         workers    small values  the whole project; no source is read again
```
"""
