# Writes the stored values of intervals of a proportion: Rscript make_proportions.R OUTPUT_FOLDER

suppressPackageStartupMessages(library(jsonlite))

folder <- commandArgs(trailingOnly = TRUE)[1]

# events of n, level; the cases with 53, 44 and 17 patients are those of a published cohort
cases <- list(
  c(44, 53, 0.95), c(39, 53, 0.95), c(5, 53, 0.95), c(49, 58, 0.95), c(26, 44, 0.95), c(2, 44, 0.9),
  c(9, 17, 0.99), c(0, 12, 0.95), c(12, 12, 0.95), c(1, 1, 0.9), c(1, 1000, 0.95), c(70, 137, 0.8)
)

answer <- function(case) {
  x <- case[1]
  n <- case[2]
  exact <- binom.test(x, n, conf.level = case[3])$conf.int
  score <- suppressWarnings(prop.test(x, n, conf.level = case[3], correct = FALSE)$conf.int)
  list(events = x, n = n, conf_level = case[3], estimate = x / n,
       clopper_pearson = as.vector(exact), wilson = as.vector(score))
}

values <- list(software = list(R = R.version.string), cases = lapply(cases, answer))
text <- toJSON(values, digits = I(17), auto_unbox = TRUE, pretty = TRUE)
writeLines(text, file.path(folder, "proportions.json"))
