# Writes the stored values of the one-sample log-rank test: Rscript make_one_sample.R OUTPUT_FOLDER
# survdiff with an offset of expected survival is Breslow's test against a known curve.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

folder <- commandArgs(trailingOnly = TRUE)[1]

reference <- lung
fit <- survfit(Surv(time, status == 2) ~ 1, data = reference, ctype = 1)
hazard <- stepfun(fit$time, c(0, fit$cumhaz))

answer <- function(rate, n, seed) {
  set.seed(seed)
  time <- pmin(ceiling(rexp(n, rate)), 700)
  status <- as.integer(time < 700 & runif(n) < 0.8)
  test <- survdiff(Surv(time, status) ~ offset(exp(-hazard(time))))
  list(time = time, status = status, observed = test$obs, expected = test$exp, chisq = test$chisq)
}

values <- list(
  software = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  reference = list(time = reference$time, status = as.integer(reference$status == 2)),
  cases = list(answer(1 / 300, 40, 1), answer(1 / 600, 25, 2), answer(1 / 150, 90, 3))
)
text <- toJSON(values, digits = I(17), auto_unbox = TRUE, pretty = TRUE)
writeLines(text, file.path(folder, "one_sample.json"))
