"""Levels of stock proposed from sales and lead times, to be accepted or rejected one by one."""
