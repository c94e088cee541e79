# Writes the stored values of matching-adjusted weights: Rscript make_matching.R DATA_FOLDER OUTPUT_FOLDER
# Signorovitch's objective, sum exp(a'(x - target)), is minimised by optim; survival answers with the weights.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

folders <- commandArgs(trailingOnly = TRUE)
cohort <- read.csv(file.path(folders[1], "lung.csv"))
cohort <- cohort[!is.na(cohort$karnofsky) & !is.na(cohort$ecog), ]
reference <- read.csv(file.path(folders[1], "veteran.csv"))

# optim stops where the objective no longer moves; started again from there until the weights stand still
weights <- function(z) {
  z <- scale(z, center = FALSE, scale = apply(z, 2, sd))
  objective <- function(a) sum(exp(z %*% a))
  gradient <- function(a) as.vector(t(z) %*% exp(z %*% a))
  a <- rep(0, ncol(z))
  for (round in 1:50) {
    a <- optim(a, objective, gradient, method = "BFGS", control = list(reltol = 1e-16, maxit = 1e5))$par
  }
  w <- as.vector(exp(z %*% a))
  w * nrow(z) / sum(w)
}

answer <- function(z) {
  w <- weights(as.matrix(z))
  stacked <- rbind(
    data.frame(time = cohort$time, event = cohort$death, own = 1, w = w),
    data.frame(time = reference$time, event = reference$event, own = 0, w = 1)
  )
  fit <- coxph(Surv(time, event) ~ own, stacked, weights = w, robust = TRUE,
               control = coxph.control(eps = 1e-14))
  curve <- survfit(Surv(time, death) ~ 1, cohort, weights = w, conf.type = "log")
  at <- summary(curve, times = 180)
  list(
    weights = w, effective_n = sum(w)^2 / sum(w^2),
    estimate = unname(coef(fit)), robust_se = sqrt(fit$var[1, 1]), naive_se = sqrt(fit$naive.var[1, 1]),
    p_value = summary(fit)$coefficients[1, "Pr(>|z|)"],
    survival_180 = at$surv, survival_180_lower = at$lower, survival_180_upper = at$upper
  )
}

age <- cohort$age
karno <- cohort$karnofsky
values <- list(
  software = list(R = R.version.string, survival = as.character(packageVersion("survival"))),
  mean = answer(cbind(age - 58.5)),
  several = answer(cbind(age - 58.5, karno - 75, (cohort$sex == "female") - 0.3, (cohort$ecog == 1) - 0.6)),
  spread = answer(cbind(age - 58.5, (age - 58.5)^2 - 10.5^2, karno - 78))
)
text <- toJSON(values, digits = I(17), auto_unbox = TRUE, pretty = TRUE)
writeLines(text, file.path(folders[2], "matching.json"))
