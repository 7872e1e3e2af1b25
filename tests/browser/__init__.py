"""Notebooks as people see them: real JupyterLab, Notebook 7 and Voila, real kernels, a real browser."""
