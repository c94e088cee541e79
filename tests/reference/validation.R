# Bootstrap optimism of Cox and logistic models, sample by sample.
#
# Rscript tests/reference/validation.R      (from the repository root) writes values/validation.json
#
# The samples are those that rms::validate draws after the same seed. Each index is computed by
# survival and stats, run to a tight tolerance; rms, which stops earlier, must agree to 1e-3.

suppressPackageStartupMessages({
  library(rms)
  library(jsonlite)
})

trial <- read.csv("tests/data/trial.csv")
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)
exact <- list(epsilon = 1e-15, maxit = 100)

nagelkerke <- function(loglik, null, n) (1 - exp(-2 * (loglik - null) / n)) / (1 - exp(2 * null / n))

cox_indexes <- function(formula, strata, sample_rows) {
  fit <- coxph(as.formula(formula), data = trial[sample_rows, ], control = tight)
  outcome <- sub("~.*", "", formula)
  score <- as.vector(model.matrix(~ x + dose + stage, trial)[, -1] %*% coef(fit))
  on <- function(d) {
    right <- if (strata == "") "score" else paste0("score + strata(", strata, ")")
    model <- as.formula(paste(outcome, "~", right))
    again <- coxph(model, data = d, control = tight)
    dxy <- 2 * concordance(model, data = d, reverse = TRUE)$concordance - 1
    c(dxy = dxy, r2 = nagelkerke(again$loglik[2], again$loglik[1], nrow(d)), slope = coef(again)[[1]])
  }
  d <- cbind(trial, score = score)
  list(training = I(unname(on(d[sample_rows, ]))), test = I(unname(on(d))))
}

logistic_indexes <- function(formula, sample_rows) {
  fit <- glm(as.formula(formula), data = trial[sample_rows, ], family = binomial, control = exact)
  score <- as.vector(model.matrix(~ x + dose + stage, trial) %*% coef(fit))
  on <- function(d) {
    again <- glm(response ~ score, data = d, family = binomial, control = exact)
    null <- -again$null.deviance / 2
    c(dxy = somers2(d$score, d$response)[["Dxy"]],
      r2 = nagelkerke(-again$deviance / 2, null, nrow(d)), coef(again),
      brier = mean((plogis(d$score) - d$response)^2))
  }
  d <- cbind(trial, score = score)
  list(training = I(unname(on(d[sample_rows, ]))), test = I(unname(on(d))))
}

samples <- function(seed, B, n) {
  set.seed(seed)
  lapply(seq_len(B), function(b) sample(n, replace = TRUE))
}

against_rms <- function(found, fit, seed, names) {
  set.seed(seed)
  theirs <- rms::validate(fit, B = length(found))
  for (part in c("training", "test")) {
    ours <- rowMeans(sapply(found, `[[`, part))
    stopifnot(all.equal(ours, unname(theirs[names, part]), tolerance = 1e-3))
  }
}

cases <- list()
add <- function(model, formula, rows, found) {
  cases[[length(cases) + 1]] <<- list(
    model = model, formula = formula, rows = lapply(rows, I), found = found
  )
}

plain <- "Surv(exit, event) ~ x + dose + stage"
rows <- samples(5, 4, nrow(trial))
found <- lapply(rows, function(r) cox_indexes(plain, "", r))
against_rms(found, cph(as.formula(plain), data = trial, x = TRUE, y = TRUE), 5, c("Dxy", "R2", "Slope"))
add("cox", plain, rows, found)

late <- "Surv(entry, exit, event) ~ x + dose + stage + strata(site)"
rows <- samples(6, 3, nrow(trial))
add("cox", late, rows, lapply(rows, function(r) cox_indexes(late, "site", r)))

binary <- "response ~ x + dose + stage"
rows <- samples(7, 4, nrow(trial))
found <- lapply(rows, function(r) logistic_indexes(binary, r))
against_rms(
  found, lrm(as.formula(binary), data = trial, x = TRUE, y = TRUE, eps = 1e-12), 7,
  c("Dxy", "R2", "Intercept", "Slope", "B")
)
add("logistic", binary, rows, found)

# With selection in each sample rms is asked as a whole: it does not show its samples. Its stepwise
# lines are not wanted, and a Cox sample in which nothing is selected stops rms 6.5-0.
selected <- function(B, seed, stay) {
  set.seed(seed)
  fit <- lrm(as.formula(binary), data = trial, x = TRUE, y = TRUE, eps = 1e-14)
  capture.output(
    out <- rms::validate(fit, B = B, bw = TRUE, rule = "p", type = "individual", sls = stay)
  )
  part <- c("Dxy", "R2", "Intercept", "Slope", "B")
  columns <- c("index.orig", "training", "test", "optimism", "index.corrected")
  list(
    formula = binary, stay = stay, rows = lapply(samples(seed, B, nrow(trial)), I),
    table = setNames(lapply(columns, function(n) I(unname(out[part, n]))), columns)
  )
}

versions <- lapply(c("survival", "rms", "jsonlite"), function(p) as.character(packageVersion(p)))
software <- c(list(R = R.version.string), setNames(versions, c("survival", "rms", "jsonlite")))
writeLines(
  toJSON(list(software = software, cases = cases, selected = selected(20, 8, 0.05)), digits = I(17), auto_unbox = TRUE),
  "tests/reference/values/validation.json"
)
