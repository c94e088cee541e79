# Writes the stored values of pools: Rscript make_pooling.R OUTPUT_FOLDER

suppressPackageStartupMessages({
  library(metafor)
  library(lme4)
  library(jsonlite)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
rules <- c(reml = "REML", dl = "DL", pm = "PM", ml = "ML", fixed = "EE")
tests <- c(z = "z", `knapp-hartung` = "knha", `knapp-hartung-adhoc` = "adhoc", t = "t")
# Fisher scoring and root finding are run to the end
tight <- list(threshold = 1e-14, maxiter = 10000, tol = 1e-14)

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
pritz <- dat.pritz1997
catheters <- dat.nielweise2007
schools <- dat.konstantopoulos2011
miller <- data.frame(xi = c(3, 6, 10, 1), ni = c(11, 17, 21, 6))

numbers <- function(x) as.vector(unlist(x))

linear <- function(name, y, v, mods, rule, test) {
  # that Knapp and Hartung's factor is not meant for a common effect is said by a warning
  fit <- suppressWarnings(
    if (is.null(mods)) rma(y, v, method = rules[[rule]], test = tests[[test]], control = tight)
    else rma(y, v, mods = mods, method = rules[[rule]], test = tests[[test]], control = tight))
  # the Q-profile does not depend on the rule, and metafor has none for a common effect
  random <- if (rule != "fixed") fit else if (is.null(mods)) rma(y, v, method = "DL") else rma(y, v, mods = mods, method = "DL")
  limits <- confint(random, control = list(tol = 1e-14, maxiter = 10000))$random
  list(data = name, moderators = if (is.null(mods)) list() else I(colnames(mods)), tau2 = rule,
       ci = test, coefficients = numbers(fit$beta), coef_std_error = numbers(fit$se),
       coef_lower = numbers(fit$ci.lb), coef_upper = numbers(fit$ci.ub),
       coef_p_value = numbers(fit$pval), tau2_estimate = fit$tau2,
       tau2_lower = limits["tau^2", "ci.lb"], tau2_upper = limits["tau^2", "ci.ub"],
       i2 = fit$I2, h2 = fit$H2, q = fit$QE, q_p_value = fit$QEp, qm = fit$QM, qm_p_value = fit$QMp,
       r2 = if (is.null(fit$R2)) NA else fit$R2, loglik = as.numeric(logLik(fit)),
       weight = numbers(weights(fit)))
}

ablat <- cbind(ablat = bcg$ablat)
both <- cbind(ablat = bcg$ablat, year = bcg$year)
linear_cases <- list()
for (rule in names(rules)) for (test in names(tests)) {
  for (mods in list(NULL, ablat, both)) {
    linear_cases[[length(linear_cases) + 1]] <- linear("bcg", bcg$yi, bcg$vi, mods, rule, test)
  }
}

influence_case <- function(mods, rule, test) {
  fit <- if (is.null(mods)) rma(yi, vi, data = bcg, method = rules[[rule]], test = tests[[test]], control = tight)
         else rma(yi, vi, mods = mods, data = bcg, method = rules[[rule]], test = tests[[test]], control = tight)
  found <- influence(fit)
  cases <- as.data.frame(unclass(found$inf)[c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")])
  names(cases) <- c("rstudent", "dffits", "cook", "cov_ratio", "tau2_deleted", "q_deleted", "hat", "weight")
  list(moderators = if (is.null(mods)) list() else I(colnames(mods)), tau2 = rule, ci = test,
       cases = as.list(cases), dfbetas = unname(as.matrix(as.data.frame(unclass(found$dfbs)[setdiff(names(found$dfbs), c("slab", "digits"))]))),
       influential = as.vector(found$is.infl))
}
influence_cases <- list(influence_case(NULL, "reml", "z"), influence_case(NULL, "dl", "knapp-hartung"),
                        influence_case(ablat, "reml", "z"), influence_case(ablat, "pm", "knapp-hartung"))

without <- leave1out(rma(yi, vi, data = bcg, control = tight))
line <- regtest(rma(yi, vi, data = bcg), model = "lm", predictor = "sei")
along <- predict(rma(yi, vi, mods = ablat, data = bcg, control = tight), newmods = c(13, 33.46, 55))
groups <- rma(yi, vi, mods = ~ alloc, data = bcg, control = tight)
plain <- rma(yi, vi, data = bcg, control = tight)

transformed <- function(measure, rule, test, data = pritz, name = "pritz") {
  found <- escalc(measure = measure, xi = xi, ni = ni, data = data, to = if (measure == "PLO") "only0" else "none")
  fit <- suppressWarnings(rma(yi, vi, data = found, method = rules[[rule]], test = tests[[test]], control = tight))
  shown <- switch(measure,
    PLO = predict(fit, transf = transf.ilogit),
    PAS = predict(fit, transf = transf.iarcsin),
    PFT = predict(fit, transf = transf.ipft.hm, targs = list(ni = data$ni)))
  list(data = name, measure = measure, tau2 = rule, ci = test, link_estimate = numbers(fit$beta),
       link_std_error = fit$se, tau2_estimate = fit$tau2, q = fit$QE, i2 = fit$I2, estimate = shown$pred,
       lower = shown$ci.lb, upper = shown$ci.ub, effect = numbers(found$yi), variance = numbers(found$vi))
}
transformed_cases <- list()
for (measure in c("PLO", "PAS", "PFT")) for (rule in names(rules)) {
  for (test in c("z", "knapp-hartung")) {
    transformed_cases[[length(transformed_cases) + 1]] <- transformed(measure, rule, test)
  }
}
transformed_cases[[length(transformed_cases) + 1]] <- transformed("PFT", "fixed", "z", miller, "miller")

# lme4's own convergence limits are moved out of the way
control <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13,
                        optCtrl = list(rhoend = 1e-10, maxfun = 1e6), check.conv.grad = "ignore",
                        check.conv.singular = "ignore", check.conv.hess = "ignore")

mixed <- function(name, x, n, mods = NULL, offset = rep(0, length(x)), nodes = 25) {
  frame <- data.frame(x = x, m = n - x, off = offset, id = seq_along(x))
  formula <- cbind(x, m) ~ 1 + offset(off) + (1 | id)
  if (!is.null(mods)) {
    frame$mod <- mods
    formula <- cbind(x, m) ~ 1 + mod + offset(off) + (1 | id)
  }
  fit <- glmer(formula, data = frame, family = binomial, nAGQ = nodes, control = control)
  list(data = name, moderated = !is.null(mods), nodes = nodes, events = x, total = n, offset = offset,
       moderator = if (is.null(mods)) list() else mods,
       coefficients = numbers(fixef(fit)), coef_std_error = numbers(sqrt(diag(as.matrix(vcov(fit))))),
       tau2_estimate = numbers(VarCorr(fit)$id), loglik = as.numeric(logLik(fit)))
}
some <- catheters$ai + catheters$ci > 0
mixed_cases <- list(
  mixed("pritz", pritz$xi, pritz$ni),
  mixed("catheters, standard", catheters$ci, catheters$n2i),
  mixed("catheters, treated", catheters$ai, catheters$n1i),
  mixed("pritz, moderator", pritz$xi, pritz$ni, mods = as.numeric(seq_len(14))),
  # the conditional model with approximate likelihood: events of both arms, those of one of them
  with(catheters[some, ], mixed("catheters, both", ai, ai + ci, offset = log(n1i / n2i)))
)

metafor_glmm <- function(name, x, n) {
  fit <- rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 25)
  list(data = name, link_estimate = numbers(fit$beta), link_std_error = fit$se, tau2_estimate = fit$tau2,
       lrt = fit$QE.LRT, lrt_p_value = fit$QEp.LRT, i2 = fit$I2, h2 = fit$H2)
}
metafor_cases <- list(metafor_glmm("pritz", pritz$xi, pritz$ni),
                      metafor_glmm("catheters, standard", catheters$ci, catheters$n2i),
                      metafor_glmm("catheters, treated", catheters$ai, catheters$n1i))

# the 12 studies of pritz without an empty cell, for Wald's test
inside <- pritz$xi > 0 & pritz$xi < pritz$ni
wald <- rma.glmm(measure = "PLO", xi = pritz$xi[inside], ni = pritz$ni[inside])

level_control <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 10000)
levels_case <- function(method, mods = NULL) {
  fit <- if (is.null(mods)) rma.mv(yi, vi, random = ~ 1 | district/school, data = schools, method = method, control = level_control)
         else rma.mv(yi, vi, mods = mods, random = ~ 1 | district/school, data = schools, method = method, control = level_control)
  found <- confint(fit, control = list(tol = 1e-10))
  limits <- lapply(unname(found[1:2]), function(part) numbers(part$random[1, 2:3]))
  list(tau2 = tolower(method), moderated = !is.null(mods), coefficients = numbers(fit$beta),
       coef_std_error = numbers(fit$se), sigma2 = numbers(fit$sigma2), loglik = as.numeric(logLik(fit)),
       q = fit$QE, limits = limits, weight = if (is.null(mods)) numbers(weights(fit, type = "rowsum")) else list())
}
centred <- cbind(year = schools$year - mean(schools$year))
levels_cases <- list(levels_case("REML"), levels_case("ML"), levels_case("REML", centred), levels_case("ML", centred))

# lme4 has one node a level here (Laplace), so only the two-level part is compared beyond print
arms <- data.frame(x = pritz$xi, m = pritz$ni - pritz$xi, study = c(1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 8, 8))
arms$arm <- seq_len(14)
laplace <- glmer(cbind(x, m) ~ 1 + (1 | study/arm), data = arms, family = binomial, control = control)

values <- list(
  software = list(R = R.version.string, metafor = as.character(packageVersion("metafor")),
                  metadat = as.character(packageVersion("metadat")), lme4 = as.character(packageVersion("lme4"))),
  data = list(
    bcg = list(effect = numbers(bcg$yi), variance = numbers(bcg$vi), ablat = bcg$ablat, year = bcg$year, alloc = bcg$alloc),
    pritz = list(events = pritz$xi, total = pritz$ni),
    miller = list(events = miller$xi, total = miller$ni),
    catheters = list(treated = catheters$ai, treated_total = catheters$n1i, standard = catheters$ci, standard_total = catheters$n2i),
    schools = list(effect = schools$yi, variance = schools$vi, district = schools$district, year = schools$year)),
  linear = linear_cases, influence = influence_cases,
  leave_one_out = list(estimate = without$estimate, std_error = without$se, tau2 = without$tau2, i2 = without$I2, h2 = without$H2, q = without$Q, q_p_value = without$Qp),
  egger = list(statistic = line$zval, p_value = line$pval, df = line$dfs, limit = numbers(line$est)),
  along = list(value = c(13, 33.46, 55), estimate = along$pred, std_error = along$se, lower = along$ci.lb, upper = along$ci.ub, prediction_lower = along$pi.lb, prediction_upper = along$pi.ub),
  predicted = list(lower = predict(plain)$pi.lb, upper = predict(plain)$pi.ub,
                   t_lower = predict(rma(yi, vi, data = bcg, test = "t", control = tight))$pi.lb),
  groups = list(qm = groups$QM, qm_p_value = groups$QMp, tau2_estimate = groups$tau2,
                estimate = numbers(predict(groups, newmods = rbind(c(1, 0), c(0, 0), c(0, 1)))$pred)),
  transformed = transformed_cases, mixed = mixed_cases, metafor_glmm = metafor_cases,
  wald = list(q = wald$QE.Wld, p_value = wald$QEp.Wld),
  levels = levels_cases,
  laplace = list(study = arms$study, coefficients = numbers(fixef(laplace)), loglik = as.numeric(logLik(laplace)))
)
text <- toJSON(values, digits = I(15), auto_unbox = TRUE, pretty = FALSE, na = "null")
writeLines(text, file.path(folder, "pooling.json"))
