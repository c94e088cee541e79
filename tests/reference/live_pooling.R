# Answers a pool of counts that a test makes up: Rscript live_pooling.R COUNTS.csv ANSWERS.json

suppressPackageStartupMessages({
  library(metafor)
  library(lme4)
  library(jsonlite)
})

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)
found <- escalc(measure = "PLO", xi = events, ni = total, data = data)

answer <- function(rule, test) {
  fit <- rma(yi, vi, mods = ~ dose, data = found, method = rule, test = test, control = tight)
  limits <- confint(fit, control = list(tol = 1e-14, maxiter = 10000))$random
  list(coefficients = as.vector(fit$beta), coef_std_error = fit$se, tau2 = fit$tau2, q = fit$QE,
       tau2_lower = limits["tau^2", "ci.lb"], tau2_upper = limits["tau^2", "ci.ub"])
}
control <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13,
                        optCtrl = list(rhoend = 1e-10, maxfun = 1e6), check.conv.grad = "ignore",
                        check.conv.singular = "ignore", check.conv.hess = "ignore")
mixed <- glmer(cbind(events, total - events) ~ dose + (1 | id), data = cbind(data, id = seq_len(nrow(data))),
               family = binomial, nAGQ = 25, control = control)
values <- list(
  reml = answer("REML", "z"), dl = answer("DL", "z"), pm = answer("PM", "knha"), ml = answer("ML", "z"),
  glmm = list(coefficients = as.vector(fixef(mixed)), tau2 = as.vector(VarCorr(mixed)$id))
)
writeLines(toJSON(values, digits = I(15), auto_unbox = TRUE, na = "null"), arguments[2])
