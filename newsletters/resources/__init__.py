"""How rows become tables and cells become values: declared with django-import-export.

Between models and selectors, so that all who write a table write it by these declarations.
What an import may do with the people it finds is the admin's affair.
"""
