"""nbgrader's settings for this course; see README.md, "For instructors".

Everything that concerns grading is below ``c.Grading``; the rest is nbgrader's own.
"""

c = get_config()  # noqa: F821  nbgrader defines it

# -- the course -------------------------------------------------------------------------------
c.CourseDirectory.course_id = "small-language-models"
LANGUAGE = "en"  # "en" or "fr": language of the release and of the messages

# -- grading ----------------------------------------------------------------------------------
c.Grading.language = LANGUAGE
c.Grading.hidden_tests = "tests/hidden"
# What hidden tests read; submissions are graded again when it changes, and it travels with them to a cluster.
c.Grading.reference = [
    "reference",
    "corpora",
    "source/mini_gpt/names.txt",
    "source/lesson6_training/names.txt",
]
c.Grading.reveal = "counterexample"  # of a failed test students read: "message", "counterexample", "full"
# Training is cut at grading; the values replace those of the cell tagged `parameters`.
c.Grading.parameters = {
    "lesson3_embeddings": {"EPOCHS": 5, "SHOWN": 3},
    "lesson6_training": {"EPOCHS": 1, "NUM_NAMES": 60, "SHOWN": 3},
    "mini_gpt": {"EPOCHS": 1, "MAX_STEPS": 10, "SHOWN": 1, "SAMPLES": 1},
}
c.Grading.limits = {"submission_seconds": 600.0}  # of a cell: c.Execute.timeout

# -- student code runs in a box, hidden tests outside it; also for `nbgrader autograde` and the formgrader
c.Autograde.sanitize_preprocessors = [
    "grader.glue.restore.RestoreCells",  # first: what it leaves is a valid notebook
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "grader.glue.execute.SandboxedExecute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "grader.glue.save.SaveScores",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.OverwriteCells.add_missing_cells = True
c.ClearMetadataPreprocessor.enabled = False
c.Execute.timeout = 120

# -- the release keeps one language -----------------------------------------------------------
c.GenerateAssignment.preprocessors.insert(0, "nbconvert.preprocessors.TagRemovePreprocessor")
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"lang-fr" if LANGUAGE == "en" else "lang-en"}

# -- feedback pages and the formgrader show what students wrote as text, never as scripts ----------
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "grader.glue.markup.clean_html",
    "strip_files_prefix": "grader.glue.markup.strip_files_prefix",
}
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    "grader.glue.feedback_page.FeedbackPage",
]
