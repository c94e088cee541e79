# What R says about one case: each function takes a case (a list) and a data frame with the
# standard columns below, and returns a list that toJSON can write.
#
# Standard columns: exit, event (0 censored, 1..C a cause), entry, group, strata, weights, subject.
# A case names the columns of its file that play these parts, and its options.

suppressPackageStartupMessages({
  library(survival)
  library(cmprsk)
  library(prodlim)
  library(jsonlite)
})

ROLES <- c("exit", "event", "entry", "group", "strata", "weights", "subject")

as_json <- function(x) toJSON(x, digits = I(17), auto_unbox = TRUE, na = "null", null = "null")

software <- function() {
  packages <- c("survival", "cmprsk", "prodlim", "KMsurv", "jsonlite")
  versions <- lapply(packages, function(p) as.character(packageVersion(p)))
  c(list(R = R.version.string), setNames(versions, packages))
}

standard_columns <- function(case, file) {
  roles <- intersect(ROLES, names(case))
  as.data.frame(setNames(lapply(roles, function(role) file[[case[[role]]]]), roles))
}

# A case may ask for one row a copy, because survdiff and cuminc take no weights.
with_copies <- function(case, file, d) {
  if (is.null(case$copies)) d else d[rep(seq_len(nrow(d)), file[[case$copies]]), , drop = FALSE]
}

option <- function(case, name, default) if (is.null(case[[name]])) default else case[[name]]

vectors <- function(x) lapply(x, function(v) I(as.vector(v)))

group_labels <- function(d) if (is.null(d$group)) "all" else as.character(sort(unique(d$group)))

# survfit looks its arguments up in the data, so a call is put together from column names.
fit_survfit <- function(d, response, case, extra = list()) {
  right <- if (is.null(d$group)) "1" else "group"
  call <- c(
    list(as.formula(paste(response, "~", right)), data = quote(d)),
    if (!is.null(d$weights)) list(weights = quote(weights)),
    list(conf.type = option(case, "conf_type", "log"), conf.int = option(case, "conf_level", 0.95)),
    extra
  )
  if (!is.null(case$variance)) call$robust <- case$variance == "robust"
  do.call(survfit, call)
}

curves <- function(fit, labels) {
  if (length(labels) == 1) setNames(list(fit), labels)
  else setNames(lapply(seq_along(labels), function(i) fit[i]), labels)
}

surv_response <- function(d, event) {
  if (is.null(d$entry)) sprintf("Surv(exit, %s)", event) else sprintf("Surv(entry, exit, %s)", event)
}

kaplan_meier <- function(case, d) {
  extra <- if (is.null(d$subject)) list() else list(cluster = quote(subject))
  fit <- fit_survfit(d, surv_response(d, "event != 0"), case, extra)
  lapply(curves(fit, group_labels(d)), function(curve) kaplan_meier_curve(curve, case))
}

kaplan_meier_curve <- function(s, case) {
  p <- option(case, "p", c(0.25, 0.5, 0.75))
  tau <- option(case, "tau", max(s$time) * 0.8)
  at <- option(case, "at", max(s$time) * c(0.21, 0.5, 0.83))
  q <- quantile(s, p)
  table <- function(t) unname(summary(s, rmean = t)$table[c("rmean", "se(rmean)")])
  areas <- vapply(tau, table, numeric(2))
  steps <- summary(s, times = at, extend = TRUE)
  std_error <- function(x) if (isFALSE(s$logse)) x$std.err else x$surv * x$std.err
  c(vectors(list(
    time = s$time, at_risk = s$n.risk, events = s$n.event, censored = s$n.censor,
    estimate = s$surv, std_error = std_error(s), lower = s$lower, upper = s$upper
  )), list(
    robust = isFALSE(s$logse),
    hazard = vectors(list(estimate = s$cumhaz, std_error = s$std.chaz)),
    quantile = vectors(list(p = p, estimate = q$quantile, lower = q$lower, upper = q$upper)),
    rmst = vectors(list(tau = tau, estimate = areas[1, ], std_error = areas[2, ])),
    at = vectors(list(
      time = at, at_risk = steps$n.risk, events = steps$n.event, censored = steps$n.censor,
      estimate = steps$surv, std_error = steps$std.err, lower = steps$lower, upper = steps$upper
    ))
  ))
}

follow_up <- function(case, d) {
  parts <- if (is.null(d$group)) list(all = d) else split(d, d$group)
  lapply(parts, function(part) {
    part$event <- as.integer(part$event != 0)
    level <- option(case, "conf_level", 0.95)
    fit <- prodlim(Hist(exit, event) ~ 1, data = part, reverse = TRUE, conf.int = level)
    q <- unclass(quantile(fit))[[1]]
    c(vectors(list(
      time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.lost,
      estimate = fit$surv, std_error = fit$se.surv, lower = fit$lower, upper = fit$upper
    )), list(
      median = vectors(list(
        estimate = q$quantile[q$q == 0.5], lower = q$lower[q$q == 0.5], upper = q$upper[q$q == 0.5]
      ))
    ))
  })
}

# Step function of cuminc (two entries a jump) read at each distinct time of the group.
cuminc_at <- function(curve, what, times) {
  vapply(times, function(t) curve[[what]][max(which(curve$time <= t))], numeric(1))
}

gray <- function(case, d) {
  args <- list(d$exit, d$event, rho = option(case, "rho", 0))
  if (!is.null(d$group)) args$group <- d$group
  if (!is.null(d$strata)) args$strata <- d$strata
  fit <- do.call(cuminc, args)
  labels <- group_labels(d)
  causes <- sort(setdiff(unique(d$event), 0))
  curve <- function(label, cause) {
    name <- paste(if (is.null(d$group)) "1" else label, cause)
    part <- if (is.null(d$group)) d else d[d$group == label, ]
    times <- sort(unique(part$exit))
    found <- fit[[name]]
    if (is.null(found)) return(NULL)
    vectors(list(
      time = times, estimate = cuminc_at(found, "est", times),
      variance = cuminc_at(found, "var", times)
    ))
  }
  curve_list <- lapply(setNames(labels, labels), function(label) {
    lapply(setNames(causes, causes), function(cause) curve(label, cause))
  })
  tests <- if (is.null(fit$Tests)) NULL else vectors(list(
    cause = as.integer(rownames(fit$Tests)), statistic = fit$Tests[, "stat"],
    df = fit$Tests[, "df"], p_value = fit$Tests[, "pv"]
  ))
  list(curves = curve_list, tests = tests)
}

multi_state <- function(case, d) {
  d$state <- factor(d$event, 0:max(d$event))
  if (is.null(d$subject)) d$subject <- seq_len(nrow(d))
  fit <- fit_survfit(d, surv_response(d, "state"), case, list(id = quote(subject)))
  # survfit returns the arcsine limits of several states without their dimensions
  for (name in c("lower", "upper")) fit[[name]] <- matrix(fit[[name]], nrow = length(fit$time))
  lapply(curves_of_states(fit, group_labels(d)), function(s) {
    causes <- seq_len(max(d$event))
    by_cause <- lapply(setNames(causes, causes), function(k) vectors(list(
      estimate = s$pstate[, k + 1], std_error = s$std.err[, k + 1],
      lower = s$lower[, k + 1], upper = s$upper[, k + 1]
    )))
    c(vectors(list(time = s$time, at_risk = s$n.risk[, 1])), list(causes = by_cause))
  })
}

curves_of_states <- function(fit, labels) {
  if (length(labels) == 1) return(setNames(list(fit), labels))
  last <- cumsum(fit$strata)
  first <- c(1, head(last, -1) + 1)
  setNames(lapply(seq_along(labels), function(i) {
    rows <- first[i]:last[i]
    pick <- function(x) x[rows, , drop = FALSE]
    list(
      time = fit$time[rows], n.risk = pick(fit$n.risk), pstate = pick(fit$pstate),
      std.err = pick(fit$std.err), lower = pick(fit$lower), upper = pick(fit$upper)
    )
  }), labels)
}

logrank <- function(case, d) {
  strata <- if (is.null(d$strata)) "" else "+ strata(strata)"
  fit <- survdiff(
    as.formula(paste("Surv(exit, event != 0) ~ group", strata)), data = d,
    rho = option(case, "rho", 0)
  )
  total <- function(x) if (is.matrix(x)) rowSums(x) else x
  list(
    observed = I(as.vector(total(fit$obs))), expected = I(as.vector(total(fit$exp))),
    statistic = fit$chisq, df = length(fit$n) - 1, p_value = fit$pvalue
  )
}

# The score test of the exact partial likelihood at beta = 0 is the log-rank test, with its
# hypergeometric variance; it takes entry times, and a numeric score for a trend.
logrank_by_cox <- function(case, d) {
  term <- if (isTRUE(case$trend)) "as.numeric(factor(group))" else "factor(group)"
  strata <- if (is.null(d$strata)) "" else "+ strata(strata)"
  formula <- as.formula(paste(surv_response(d, "event != 0"), "~", term, strata))
  fit <- coxph(formula, data = d, ties = "exact", iter.max = 0)
  df <- length(coef(fit))
  list(statistic = fit$score, df = df, p_value = pchisq(fit$score, df, lower.tail = FALSE))
}

# Lin and Wei's robust score test at beta = 0; a subject is a row unless the case names subjects.
logrank_robust <- function(case, d) {
  if (is.null(d$subject)) d$subject <- seq_len(nrow(d))
  if (is.null(d$weights)) d$weights <- 1
  strata <- if (is.null(d$strata)) "" else "+ strata(strata)"
  formula <- as.formula(paste(surv_response(d, "event != 0"), "~ factor(group)", strata))
  fit <- coxph(formula, data = d, weights = weights, cluster = subject, ties = "breslow", iter.max = 0)
  df <- length(coef(fit))
  list(statistic = fit$rscore, df = df, p_value = pchisq(fit$rscore, df, lower.tail = FALSE))
}

pairwise_logrank <- function(case, d) {
  pairs <- combn(group_labels(d), 2)
  tests <- lapply(seq_len(ncol(pairs)), function(i) {
    logrank(case, d[as.character(d$group) %in% pairs[, i], ])
  })
  p <- vapply(tests, function(x) x$p_value, numeric(1))
  c(vectors(list(
    group_1 = pairs[1, ], group_2 = pairs[2, ],
    statistic = vapply(tests, function(x) x$statistic, numeric(1)), p_value = p
  )), list(p_adjusted = vectors(lapply(
    setNames(nm = c("holm", "bonferroni")), function(method) p.adjust(p, method)
  ))))
}

answer <- function(case, file) {
  d <- with_copies(case, file, standard_columns(case, file))
  values <- switch(case$call,
    kaplan_meier = kaplan_meier(case, d),
    follow_up = follow_up(case, d),
    gray = gray(case, d),
    multi_state = multi_state(case, d),
    logrank = logrank(case, d),
    logrank_by_cox = logrank_by_cox(case, d),
    logrank_robust = logrank_robust(case, d),
    pairwise_logrank = pairwise_logrank(case, d),
    stop("no such call: ", case$call)
  )
  list(case = case, values = values)
}
