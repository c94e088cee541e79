# Answers cases on data drawn by the caller: Rscript live_regression.R CASES_JSON DATA_FOLDER OUTPUT_JSON

here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
source(file.path(here, "regression_functions.R"))

paths <- commandArgs(trailingOnly = TRUE)
cases <- fromJSON(paths[1], simplifyDataFrame = FALSE)
answers <- lapply(cases, function(case) {
  answer(case, read.csv(file.path(paths[2], paste0(case$data, ".csv"))))
})
writeLines(as_json(list(software = software(), cases = answers)), paths[3])
