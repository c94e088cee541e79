# Writes the stored values of tests of tables, of ranks and of weighting:
# Rscript make_tables.R DATA_FOLDER OUTPUT_FOLDER

suppressPackageStartupMessages({
  library(survival)
  library(sandwich)
  library(jsonlite)
})

folders <- commandArgs(trailingOnly = TRUE)

as_json <- function(x) toJSON(x, digits = I(17), auto_unbox = TRUE, na = "null", null = "null")

store <- function(topic, packages, values) {
  versions <- lapply(packages, function(p) as.character(packageVersion(p)))
  software <- c(list(R = R.version.string), setNames(versions, packages))
  text <- as_json(c(list(software = software), values))
  writeLines(text, file.path(folders[2], paste0(topic, ".json")))
}

vector <- function(x) I(as.vector(x))

# --- tables of counts ---------------------------------------------------------

tables <- list(
  list(c(8, 8), c(9, 33)), list(c(0, 8), c(9, 33)), list(c(3, 1), c(1, 3)), list(c(12, 5), c(0, 7)),
  list(c(56, 14), c(48, 32)), list(c(1, 0), c(20, 45)),
  list(c(3, 1, 4, 2), c(5, 0, 2, 7), c(1, 6, 3, 2)), list(c(10, 2), c(3, 15), c(7, 7)),
  list(c(4, 0, 1), c(0, 5, 2), c(3, 3, 3), c(1, 0, 6))
)

# fisher.test finds its limits to about 1e-4; here the same equations are solved to 1e-14.
# The first cell has the noncentral hypergeometric distribution with odds ratio w.
exact_odds <- function(m, level) {
  low <- max(0, sum(m[1, ]) - sum(m[, 2]))
  high <- min(sum(m[1, ]), sum(m[, 1]))
  support <- low:high
  base <- dhyper(support, sum(m[, 1]), sum(m[, 2]), sum(m[1, ]), log = TRUE)
  density <- function(w) {
    d <- base + w * support
    d <- exp(d - max(d))
    d / sum(d)
  }
  solve_for <- function(f) exp(uniroot(f, c(-30, 30), tol = 1e-14)$root)
  x <- m[1, 1]
  tail <- (1 - level) / 2
  list(
    estimate = if (x == low) 0 else if (x == high) Inf
      else solve_for(function(w) sum(support * density(w)) - x),
    lower = if (x == low) 0 else solve_for(function(w) sum(density(w)[support >= x]) - tail),
    upper = if (x == high) Inf else solve_for(function(w) sum(density(w)[support <= x]) - tail)
  )
}

table_values <- function(rows) {
  m <- do.call(rbind, rows)
  plain <- suppressWarnings(chisq.test(m, correct = FALSE))
  yates <- suppressWarnings(chisq.test(m))
  out <- list(
    table = m,
    fisher = fisher.test(m, workspace = 2e7)$p.value,
    chi_squared = plain$statistic[[1]], df = plain$parameter[[1]], p_value = plain$p.value,
    yates = yates$statistic[[1]], yates_p_value = yates$p.value
  )
  if (ncol(m) == 2 && nrow(m) == 2) {
    fisher <- fisher.test(m, conf.level = 0.9)
    out$odds_ratio <- exact_odds(m, 0.9)
    out$printed <- list(
      estimate = fisher$estimate[[1]], lower = fisher$conf.int[1], upper = fisher$conf.int[2]
    )
    out$greater <- fisher.test(m, alternative = "greater")$p.value
    out$less <- fisher.test(m, alternative = "less")$p.value
  }
  lapply(out, function(x) if (identical(x, Inf)) "Inf" else x)
}

# --- ranks ----------------------------------------------------------------------

read <- function(name) read.csv(file.path(folders[1], paste0(name, ".csv")))

lung <- read("lung")
trial <- read("trial")
aml <- read("aml")

rank_values <- function(data, value, group, file) {
  d <- data[!is.na(data[[value]]) & !is.na(data[[group]]), ]
  kw <- kruskal.test(d[[value]], factor(d[[group]]))
  out <- list(
    data = file, value = value, group = group,
    statistic = kw$statistic[[1]], df = kw$parameter[[1]], p_value = kw$p.value
  )
  labels <- sort(unique(as.character(d[[group]])))
  if (length(labels) == 2) {
    a <- d[[value]][as.character(d[[group]]) == labels[1]]
    b <- d[[value]][as.character(d[[group]]) == labels[2]]
    by_default <- suppressWarnings(wilcox.test(a, b))
    out$wilcoxon <- list(
      statistic = by_default$statistic[[1]], p_value = by_default$p.value,
      corrected = suppressWarnings(wilcox.test(a, b, exact = FALSE)$p.value),
      uncorrected = suppressWarnings(wilcox.test(a, b, exact = FALSE, correct = FALSE)$p.value)
    )
  }
  out
}

# ties broken, so that R takes the exact distribution and its limits
untied <- read("aml")
untied$time <- untied$time + seq_len(nrow(untied)) / 1000
exact_values <- function(level) {
  test <- wilcox.test(time ~ group, data = untied, conf.int = TRUE, conf.level = level)
  list(
    conf_level = level, time = vector(untied$time), group = vector(as.character(untied$group)),
    statistic = test$statistic[[1]], p_value = test$p.value, difference = test$estimate[[1]],
    lower = test$conf.int[1], upper = test$conf.int[2]
  )
}

store("tables", "jsonlite", list(
  tables = lapply(tables, table_values),
  ranks = list(
    rank_values(lung, "age", "ecog", "lung"), rank_values(lung, "age", "sex", "lung"),
    rank_values(trial, "x", "stage", "trial"), rank_values(trial, "x", "arm", "trial"),
    rank_values(aml, "time", "group", "aml")
  ),
  exact = lapply(c(0.95, 0.9, 0.8), exact_values)
))

# --- weighting --------------------------------------------------------------------

treated <- as.numeric(trial$arm != "control")
score_model <- glm(
  treated ~ x + dose + stage, binomial, trial, control = glm.control(epsilon = 1e-15, maxit = 100)
)
e <- fitted(score_model)
share <- mean(treated)
weights <- list(
  ate = treated / e + (1 - treated) / (1 - e),
  stabilised = share * treated / e + (1 - share) * (1 - treated) / (1 - e),
  att = treated + (1 - treated) * e / (1 - e),
  overlap = treated * (1 - e) + (1 - treated) * e
)

weighted <- function(w) {
  fit <- coxph(
    Surv(exit, event) ~ treated, trial, weights = w, robust = TRUE,
    control = coxph.control(eps = 1e-11, iter.max = 50)
  )
  curve <- survfit(Surv(exit, event) ~ treated, trial, weights = w)
  mean_of <- function(v, g) weighted.mean(v[treated == g], w[treated == g])
  difference <- function(v, s) (mean_of(v, 1) - mean_of(v, 0)) / s
  pooled <- sqrt((var(trial$x[treated == 1]) + var(trial$x[treated == 0])) / 2)
  list(
    weight = vector(w),
    cox = list(estimate = coef(fit)[[1]], std_error = sqrt(vcov(fit)[1, 1])),
    survival = vector(summary(curve, times = 10)$surv),
    effective_n = vector(c(
      sum(w[treated == 0])^2 / sum(w[treated == 0]^2), sum(w[treated == 1])^2 / sum(w[treated == 1]^2)
    )),
    difference = difference(trial$x, pooled),
    variance_ratio = cov.wt(trial[treated == 1, "x", drop = FALSE], w[treated == 1] / sum(w[treated == 1]))$cov[1] /
      cov.wt(trial[treated == 0, "x", drop = FALSE], w[treated == 0] / sum(w[treated == 0]))$cov[1],
    risk = mean_of(trial$response, 1) - mean_of(trial$response, 0)
  )
}

# robust and clustered errors of a logistic regression, without a factor for small samples
logit <- glm(
  response ~ x + dose + stage, binomial, trial, control = glm.control(epsilon = 1e-15, maxit = 100)
)
grouped <- suppressWarnings(glm(
  response ~ x + dose, binomial, trial, weights = weight,
  control = glm.control(epsilon = 1e-15, maxit = 100)
))
new_rows <- data.frame(x = c(-1, 0, 2), dose = c(1, 2, 3), stage = c("i", "ii", "iii"))
told <- predict(logit, new_rows, se.fit = TRUE)

store("weighting", c("survival", "sandwich", "jsonlite"), list(
  score = vector(e),
  weights = lapply(weights, weighted),
  logistic = list(
    robust = vector(sqrt(diag(sandwich(logit)))),
    cluster = vector(sqrt(diag(vcovCL(logit, trial$site, type = "HC0", cadjust = FALSE)))),
    weighted = list(
      estimate = vector(coef(grouped)), robust = vector(sqrt(diag(sandwich(grouped))))
    ),
    prediction = list(
      linear_predictor = vector(told$fit), linear_std_error = vector(told$se.fit)
    ),
    deviance = vector(residuals(logit, "deviance")), pearson = vector(residuals(logit, "pearson")),
    weighted_deviance = vector(residuals(grouped, "deviance")),
    weighted_pearson = vector(residuals(grouped, "pearson"))
  )
))
