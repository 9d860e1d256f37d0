"""pytest plugin of hidden tests: markers ``exercise`` and ``points``, fixtures ``student``, ``rng``, ...

`plugin` is what pytest loads, `suite` collects the tests once and runs an exercise's tests on any
number of submissions, `finding` turns an exception into a sentence, `by_hand` serves
``pytest tests/hidden/mini_gpt --submission x.ipynb``.
"""
