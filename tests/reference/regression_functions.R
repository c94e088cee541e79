# What R says about one case of regression: each function takes a case (a list) and a data frame,
# and returns a list that toJSON can write.
#
# A case names its data, its formula as R and `atrisk` both read it, and its options. Factors are
# columns of text, whose first level in the alphabet is the reference in both.
#
# Fits are run until the log-likelihood moves by less than 1e-14 of itself, so that what is left
# between two programs is not where they stopped.

suppressPackageStartupMessages({
  library(survival)
  library(cmprsk)
  library(rms)
  library(brglm2)
  library(jsonlite)
})

as_json <- function(x) toJSON(x, digits = I(17), auto_unbox = TRUE, na = "null", null = "null")

software <- function() {
  packages <- c("survival", "cmprsk", "rms", "brglm2", "jsonlite")
  versions <- lapply(packages, function(p) as.character(packageVersion(p)))
  c(list(R = R.version.string), setNames(versions, packages))
}

tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)

option <- function(case, name, default) if (is.null(case[[name]])) default else case[[name]]

vectors <- function(x) lapply(x, function(v) I(as.vector(v)))

# A matrix is written as the list of its rows.
by_row <- function(m) {
  m <- as.matrix(m)
  lapply(seq_len(nrow(m)), function(i) I(as.vector(m[i, ])))
}

by_column <- function(m) by_row(t(as.matrix(m)))

# At 1e-14 rounding may keep the log-likelihood from settling: the score says whether it is the end.
quietly <- function(expr) withCallingHandlers(expr, warning = function(w) {
  if (grepl("iterations|converge", conditionMessage(w))) invokeRestart("muffleWarning")
})

fit_cox <- function(case, d, formula = case$formula, ...) {
  if (!is.null(case$weights)) d[[case$weights]] <- as.numeric(d[[case$weights]]) # for cox.zph
  call <- list(
    as.formula(formula), data = quote(d), ties = option(case, "ties", "efron"), control = tight,
    model = TRUE, x = TRUE, ...
  )
  if (!is.null(case$weights)) call$weights <- as.name(case$weights)
  if (!is.null(case$robust)) call$robust <- case$robust
  quietly(do.call(coxph, call))
}

# Wald test of each term: its coefficients and their part of the variance.
wald_by_term <- function(fit) {
  test <- function(columns) {
    b <- coef(fit)[columns]
    drop(b %*% solve(vcov(fit)[columns, columns, drop = FALSE], b))
  }
  statistic <- vapply(fit$assign, test, numeric(1))
  df <- lengths(fit$assign)
  vectors(list(
    statistic = statistic, df = df, p_value = pchisq(statistic, df, lower.tail = FALSE)
  ))
}

# Likelihood ratio of each term: the model without it (lower-order terms stay).
likelihood_ratio_by_term <- function(case, d, fit) {
  labels <- attr(terms(fit), "term.labels")
  kept <- labels[!grepl("^(strata|cluster)\\(", labels)]
  test <- function(label) {
    smaller <- update(as.formula(case$formula), as.formula(paste(". ~ . -", label)))
    other <- fit_cox(case, d, smaller)
    2 * (fit$loglik[2] - tail(other$loglik, 1))
  }
  statistic <- vapply(kept, test, numeric(1))
  df <- lengths(fit$assign)
  vectors(list(
    statistic = statistic, df = df, p_value = pchisq(statistic, df, lower.tail = FALSE)
  ))
}

cox <- function(case, d) {
  fit <- fit_cox(case, d)
  p <- length(coef(fit))
  robust <- !is.null(fit$naive.var)
  wald <- coef(fit) %*% solve(fit$var, coef(fit))
  statistic <- c(2 * diff(fit$loglik), drop(wald), fit$score, if (robust) fit$rscore)
  out <- list(
    robust = robust, n = fit$n, events = fit$nevent, null_loglik = fit$loglik[1], loglik = fit$loglik[2]
  )
  lower_upper <- confint(fit, level = option(case, "conf_level", 0.95))
  out <- c(out, vectors(list(
    estimate = coef(fit), std_error = sqrt(diag(fit$var)), lower = exp(lower_upper[, 1]),
    upper = exp(lower_upper[, 2]), p_value = pchisq(coef(fit)^2 / diag(fit$var), 1, lower.tail = FALSE)
  )), list(
    vcov = by_row(fit$var), model_vcov = by_row(if (robust) fit$naive.var else fit$var),
    overall = vectors(list(
      statistic = statistic, p_value = pchisq(statistic, p, lower.tail = FALSE)
    )),
    wald = wald_by_term(fit)
  ))
  if (isTRUE(case$terms)) out$likelihood_ratio <- likelihood_ratio_by_term(case, d, fit)
  out
}

# ridge() takes numeric columns: those of the model matrix of the same model without penalty.
cox_ridge <- function(case, d) {
  plain <- fit_cox(case, d)
  columns <- paste0("m", seq_len(ncol(plain$x)))
  d <- d[rownames(plain$x), , drop = FALSE] # the complete cases
  d[columns] <- plain$x
  special <- grep("^(strata|offset|cluster)\\(", strsplit(sub(".*~", "", gsub(" ", "", case$formula)), "\\+")[[1]], value = TRUE)
  ridge_term <- sprintf("ridge(%s, theta = %.17g, scale = FALSE)", paste(columns, collapse = ", "), case$ridge)
  right <- paste(c(ridge_term, special), collapse = " + ")
  fit <- fit_cox(case, d, paste(sub("~.*", "~", case$formula), right))
  b <- coef(fit)
  c(vectors(list(
    estimate = b, std_error = sqrt(diag(fit$var)), sandwich_std_error = sqrt(diag(fit$var2))
  )), list(
    loglik = fit$loglik[2], penalty = fit$penalty[2], null_loglik = fit$loglik[1]
  ))
}

ph_test <- function(case, d) {
  fit <- fit_cox(case, d)
  out <- lapply(list(terms = TRUE, columns = FALSE), function(by_term) {
    z <- cox.zph(fit, transform = option(case, "transform", "km"), terms = by_term)
    c(vectors(list(
      term = rownames(z$table), statistic = z$table[, 1], df = z$table[, 2], p_value = z$table[, 3],
      x = z$x, time = z$time, strata = as.integer(z$strata)
    )), list(y = by_column(z$y), var = by_row(z$var)))
  })
  out
}

residual_kinds <- c("martingale", "deviance", "score", "schoenfeld", "scaledsch", "dfbeta")

cox_residuals <- function(case, d) {
  fit <- fit_cox(case, d)
  given <- function(kind) {
    r <- residuals(fit, type = kind)
    if (is.matrix(r)) by_column(r) else by_column(matrix(r))
  }
  lapply(setNames(nm = residual_kinds), given)
}

cox_concordance <- function(case, d) {
  fit <- fit_cox(case, d)
  right_censored <- ncol(fit$y) == 2
  # survival 3.5-3 crashes on (start, stop] rows with S or I, and does not offer n/G2 there
  rules <- if (right_censored) c("n", "n/G2") else "n"
  lapply(setNames(nm = rules), function(rule) {
    found <- concordance(fit, timewt = rule)
    total <- if (is.matrix(found$count)) colSums(found$count) else found$count
    c(list(estimate = found$concordance, std_error = sqrt(found$var)), vectors(list(count = total)))
  })
}

# Curves of rows of the data, as new patients; each with its own times if there are strata.
cox_prediction <- function(case, d) {
  fit <- fit_cox(case, d)
  new <- d[case$rows, , drop = FALSE]
  level <- option(case, "conf_level", 0.95)
  type <- option(case, "conf_type", "log")
  curve <- function(i) {
    s <- survfit(fit, newdata = new[i, , drop = FALSE], conf.type = type, conf.int = level)
    vectors(list(
      time = s$time, estimate = s$surv, std_error = s$std.err * s$surv, lower = s$lower,
      upper = s$upper, hazard = s$cumhaz, hazard_std_error = s$std.chaz
    ))
  }
  b <- basehaz(fit, centered = FALSE)
  zero <- list(time = b$time, hazard = b$hazard)
  if (!is.null(b$strata)) zero$strata <- as.character(b$strata)
  list(
    curves = lapply(seq_len(nrow(new)), curve), baseline = list(zero = vectors(zero)),
    linear_predictor = lapply(
      list(sample = "sample", zero = "zero"),
      function(r) I(as.vector(predict(fit, type = "lp", reference = r)))
    ),
    linear_predictor_std_error = I(as.vector(
      predict(fit, newdata = new, type = "lp", reference = "zero", se.fit = TRUE)$se.fit
    )),
    new = I(as.vector(predict(fit, newdata = new, type = "lp", reference = "zero")))
  )
}

# Columns of a right-hand side without the intercept, strata and the like.
columns_of <- function(formula, d) {
  full <- as.formula(formula)
  right <- delete.response(terms(full))
  model.matrix(right, d)[, -1, drop = FALSE]
}

fine_gray <- function(case, d) {
  new <- columns_of(case$formula, d)[case$rows, , drop = FALSE]
  if (!is.null(case$copies)) d <- d[rep(seq_len(nrow(d)), d[[case$copies]]), , drop = FALSE]
  x <- columns_of(case$formula, d)
  args <- list(
    ftime = d[[case$exit]], fstatus = d[[case$event]], cov1 = x,
    failcode = case$cause, cencode = option(case, "censored", 0), gtol = 1e-14, maxiter = 100
  )
  if (!is.null(case$censoring_strata)) args$cengroup <- d[[case$censoring_strata]]
  fit <- do.call(crr, args)
  # crr may stop short of gtol: a step of Newton's from its own score, and start again from there
  for (again in 1:3) if (max(abs(fit$score)) > 1e-12) {
    next_start <- fit$coef + drop(fit$invinf %*% fit$score)
    closer <- do.call(crr, c(args, list(init = next_start)))
    if (max(abs(closer$score)) < max(abs(fit$score))) fit <- closer
  }
  out <- c(vectors(list(estimate = fit$coef, std_error = sqrt(diag(fit$var)))), list(
    loglik = fit$loglik, null_loglik = fit$loglik.null, vcov = by_row(fit$var),
    inverse_information = by_row(fit$invinf), score = max(abs(fit$score))
  ))
  curves <- predict(fit, new)
  c(out, vectors(list(time = curves[, 1])), list(
    incidence = by_column(unclass(curves)[, -1, drop = FALSE])
  ))
}

# Limits where twice the fall of the profile log-likelihood is the quantile of chi-squared, found by
# root search to 1e-13; MASS::confint reads them from a spline through a few points.
profile_limits <- function(x, y, weights, offset, level, estimate, std_error, top) {
  drop_at <- function(j, value) {
    held <- quietly(glm.fit(
      x[, -j, drop = FALSE], y, weights = weights, offset = offset + x[, j] * value,
      family = binomial(), control = glm.control(epsilon = 1e-14, maxit = 100)
    ))
    held$deviance - top - qchisq(level, 1)
  }
  side <- function(j, sign) {
    far <- 1
    while (drop_at(j, estimate[j] + sign * far * std_error[j]) < 0) far <- far + 1
    ends <- estimate[j] + sign * c(far - 1, far) * std_error[j]
    uniroot(function(v) drop_at(j, v), sort(ends), tol = 1e-13, maxiter = 200)$root
  }
  columns <- seq_len(ncol(x))
  list(lower = vapply(columns, side, 0, sign = -1), upper = vapply(columns, side, 0, sign = 1))
}

logistic <- function(case, d) {
  formula <- as.formula(case$formula)
  level <- option(case, "conf_level", 0.95)
  frame <- model.frame(formula, d)
  x <- model.matrix(formula, frame)
  y <- model.response(frame)
  offset <- if (is.null(model.offset(frame))) rep(0, nrow(d)) else model.offset(frame)
  weights <- if (is.null(case$weights)) rep(1, nrow(d)) else d[[case$weights]]
  iterate <- function(columns, start) glm.fit(
    x[, columns, drop = FALSE], y, weights = weights, offset = offset, family = binomial(),
    control = glm.control(epsilon = 1e-14, maxit = 100), start = start
  )
  # glm's standard errors are those of the iterate before the last: run it again from the end
  fit_on <- function(columns) iterate(columns, iterate(columns, NULL)$coefficients)
  fit <- suppressWarnings(fit_on(seq_len(ncol(x))))
  std_error <- sqrt(diag(chol2inv(fit$qr$qr[seq_len(ncol(x)), , drop = FALSE])))
  limits <- suppressWarnings(profile_limits(
    x, y, weights, offset, level, fit$coefficients, std_error, fit$deviance
  ))
  assigned <- attr(x, "assign")
  lr <- vapply(unique(assigned[assigned > 0]), function(term) {
    suppressWarnings(fit_on(which(assigned != term)))$deviance - fit$deviance
  }, numeric(1))
  null <- suppressWarnings(fit_on(1))
  df <- as.vector(table(assigned[assigned > 0]))
  firth <- brglm_fit(
    x, y, weights = weights, offset = offset, family = binomial(),
    control = brglm_control(type = "AS_mean", epsilon = 1e-13, maxit = 500)
  )
  c(vectors(list(
    estimate = fit$coefficients, std_error = std_error, profile_lower = limits$lower,
    profile_upper = limits$upper
  )), list(
    deviance = fit$deviance, null_deviance = null$deviance,
    likelihood_ratio = vectors(list(
      statistic = lr, df = df, p_value = pchisq(lr, df, lower.tail = FALSE)
    )),
    firth = vectors(list(
      estimate = firth$coefficients, std_error = sqrt(diag(chol2inv(qr.R(firth$qr))))
    ))
  ))
}

# fastbw reads terms and names from fits of rms, whose strata are strat().
fastbw_path <- function(case, d) {
  text <- gsub("strata\\(", "strat(", case$formula)
  call <- list(as.formula(text), data = quote(d), x = TRUE, y = TRUE)
  if (!is.null(case$weights)) call$weights <- as.name(case$weights)
  # the tightest at which rounding lets it settle
  fit <- NULL
  for (eps in 10^-(14:9)) if (is.null(fit) || isTRUE(fit$fail)) {
    fit <- suppressWarnings(if (grepl("Surv", text)) {
      do.call(cph, c(call, list(eps = eps, tol = 1e-15, iter.max = 50)))
    } else {
      do.call(lrm, c(call, list(eps = eps, tol = 1e-15, maxit = 100)))
    })
  }
  found <- fastbw(
    fit, rule = case$rule, sls = option(case, "stay", 0.05), type = option(case, "type", "individual")
  )
  out <- found$result
  path <- if (is.null(out)) NULL else vectors(list(
    term = rownames(out), statistic = out[, 1], df = out[, 2], p_value = out[, 3],
    residual = out[, 4], residual_df = out[, 5], residual_p_value = out[, 6], aic = out[, 7]
  ))
  list(path = path, kept = I(as.character(found$names.kept)), estimate = I(as.numeric(found$coefficients)),
    vcov = if (length(found$coefficients)) by_row(found$var) else list())
}

spline_basis <- function(case, d) {
  x <- d[[case$column]]
  basis <- if (is.null(case$knots)) rcspline.eval(x, nk = case$nk, inclx = TRUE)
  else rcspline.eval(x, knots = case$knots, inclx = TRUE)
  list(knots = I(as.vector(attr(basis, "knots"))), basis = by_column(unclass(basis)))
}

answer <- function(case, d) {
  values <- switch(case$call,
    cox = cox(case, d),
    cox_ridge = cox_ridge(case, d),
    ph_test = ph_test(case, d),
    residuals = cox_residuals(case, d),
    concordance = cox_concordance(case, d),
    cox_prediction = cox_prediction(case, d),
    fine_gray = fine_gray(case, d),
    logistic = logistic(case, d),
    fastbw = fastbw_path(case, d),
    rcs = spline_basis(case, d),
    stop("no such call: ", case$call)
  )
  list(case = case, values = values)
}
