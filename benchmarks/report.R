# The tables and figures of an example's report that R's survival, cmprsk and ggplot2 make, from the
# same patients: Rscript report.R bmt|ino-hct PATIENTS.csv OUT. Tables are CSV; each figure is written
# as SVG, PDF and PNG at 183 and 89 mm, as atrisk writes them.
#
# It does not make: the page, the Word file and the PDF of the report, results by key, words (results,
# methods, alternative texts, checklist), the exclusion table and lists of rows left out, guard rails;
# of bmt the validation and calibration of the Cox model; of ino-hct what is made of the forms
# (intake, checks, response, SOS/VOD criteria, doses, listing, swimmer plot, schedules, trajectories,
# accrual) and the comparison with the publication.

suppressPackageStartupMessages({library(survival); library(cmprsk); library(ggplot2); library(grid)})
arguments <- commandArgs(trailingOnly = TRUE)
study <- arguments[1]; patients <- read.csv(arguments[2]); out <- arguments[3]
dir.create(file.path(out, "tables"), recursive = TRUE); dir.create(file.path(out, "figures"))

table_file <- function(x, name) write.csv(x, file.path(out, "tables", paste0(name, ".csv")), row.names = FALSE)
figure_file <- function(draw, name, height = 110) {
  for (width in c(183, 89)) {
    stem <- file.path(out, "figures", paste0(name, if (width == 89) "_column"))
    inches <- c(width, height) / 25.4
    svg(paste0(stem, ".svg"), inches[1], inches[2]); draw(); dev.off()
    cairo_pdf(paste0(stem, ".pdf"), inches[1], inches[2]); draw(); dev.off()
    png(paste0(stem, ".png"), inches[1], inches[2], units = "in", res = 300, type = "cairo"); draw(); dev.off()
  }
}

# Table 1: median (range) or n (%), by group and in all, missing values counted
describe <- function(data, numbers, factors, by = NULL) {
  groups <- if (is.null(by)) list() else split(seq_len(nrow(data)), data[[by]])
  groups$all <- seq_len(nrow(data))
  cell <- function(x, rows, level) {
    x <- x[rows]; known <- x[!is.na(x)]
    if (length(known) == 0) "" else if (is.null(level)) sprintf("%g (%g-%g)", median(known), min(known), max(known))
    else sprintf("%d (%.1f)", sum(known == level), 100 * mean(known == level))
  }
  line <- function(name, level) {
    data.frame(variable = name, level = if (is.null(level)) "median (range)" else level,
               t(sapply(groups, function(rows) cell(data[[name]], rows, level))),
               missing = sum(is.na(data[[name]])))
  }
  rows <- c(lapply(numbers, line, NULL), unlist(lapply(factors, function(name)
    lapply(sort(unique(na.omit(data[[name]]))), function(level) line(name, level))), recursive = FALSE))
  do.call(rbind, rows)
}

# Curves with intervals and censoring, and the number at risk, events and censored below them
steps <- function(time, estimate, lower, upper, censored, label) {
  data.frame(time = time, estimate = estimate, lower = lower, upper = upper, censored = censored, label = label)
}
curves_of <- function(fit) {
  label <- if (is.null(fit$strata)) rep("All patients", length(fit$time)) else rep(sub("^[^=]*=", "", names(fit$strata)), fit$strata)
  found <- steps(fit$time, fit$surv, fit$lower, fit$upper, fit$n.censor, label)
  rbind(steps(0, 1, 1, 1, 0, unique(label)), found)
}
figure_of_curves <- function(name, curves, fit, unit, per, text = "") {
  breaks <- pretty(c(0, max(curves$time) / per), 6) * per
  breaks <- breaks[breaks <= max(curves$time)]
  above <- ggplot(curves, aes(time, estimate, colour = label, linetype = label)) +
    geom_rect(aes(xmin = time, xmax = ave(time, label, FUN = function(t) c(t[-1], t[length(t)])), ymin = lower, ymax = upper, fill = label),
              alpha = 0.15, colour = NA) +
    geom_step() + geom_point(data = subset(curves, censored > 0), shape = 3, size = 1) +
    scale_x_continuous(paste(unit, "from start"), breaks = breaks, labels = round(breaks / per, 1)) +
    scale_y_continuous("Probability", limits = c(0, 1)) + annotate("text", x = 0, y = 0.05, label = text, hjust = 0, size = 2.5) +
    theme_classic(base_size = 8) + theme(legend.position = "top", legend.title = element_blank())
  s <- summary(fit, times = breaks, extend = TRUE)
  label <- if (is.null(s$strata)) "All patients" else sub("^[^=]*=", "", s$strata)
  risk <- data.frame(time = s$time, label = label, text = sprintf("%d (%d)", as.integer(s$n.risk), as.integer(s$n.event)))
  below <- ggplot(risk, aes(time, label, label = text)) + geom_text(size = 2.2) +
    scale_x_continuous(limits = range(curves$time)) + labs(title = "At risk (events)", x = NULL, y = NULL) +
    theme_void(base_size = 8) + theme(axis.text.y = element_text(size = 6))
  figure_file(function() {
    grid.newpage(); pushViewport(viewport(layout = grid.layout(2, 1, heights = c(3, 1))))
    print(above, vp = viewport(layout.pos.row = 1)); print(below, vp = viewport(layout.pos.row = 2))
  }, name)
}

survival_part <- function(name, formula, data, times, unit, per, strata = NULL) {
  fit <- survfit(formula, data)
  curves <- curves_of(fit)
  table_file(curves, paste0(name, "_curves"))
  table_file(data.frame(t(rbind(summary(fit)$table))), paste0(name, "_summary"))
  s <- summary(fit, times = times, extend = TRUE)
  table_file(data.frame(group = if (is.null(s$strata)) "all" else s$strata, time = s$time, n = s$n.risk, estimate = s$surv, lower = s$lower, upper = s$upper), paste0(name, "_at_times"))
  reverse <- formula; reverse[[2]][[3]] <- call("-", 1, reverse[[2]][[3]])
  table_file(data.frame(t(rbind(summary(survfit(reverse, data, conf.type = "plain"))$table))), paste0(name, "_follow_up"))
  text <- ""
  if (!is.null(fit$strata)) {
    test <- survdiff(formula, data)
    text <- sprintf("log-rank P = %.3f", test$pvalue)
    tests <- data.frame(test = "log-rank", statistic = test$chisq, p = test$pvalue)
    if (!is.null(strata)) {
      within <- survdiff(update(formula, as.formula(paste(". ~ . + strata(", strata, ")"))), data)
      tests <- rbind(tests, data.frame(test = "stratified", statistic = within$chisq, p = within$pvalue))
    }
    table_file(tests, paste0(name, "_tests"))
    group <- all.vars(formula[[3]]); levels <- sort(unique(data[[group]]))
    if (length(levels) > 2) {
      pairs <- combn(as.character(levels), 2)
      p <- apply(pairs, 2, function(pair) survdiff(formula, data[as.character(data[[group]]) %in% pair, ])$pvalue)
      table_file(data.frame(first = pairs[1, ], second = pairs[2, ], p = p, holm = p.adjust(p, "holm")), paste0(name, "_pairs"))
    }
  }
  figure_of_curves(name, curves, fit, unit, per, text)
}

incidence_part <- function(name, time, event, group, times, causes, unit, per) {
  fit <- if (is.null(group)) cuminc(time, event) else cuminc(time, event, group)
  found <- timepoints(fit, times)
  table_file(data.frame(curve = rownames(found$est), found$est, sqrt(found$var)), paste0(name, "_at_times"))
  if (!is.null(fit$Tests)) table_file(data.frame(cause = causes[seq_len(nrow(fit$Tests))], fit$Tests), paste0(name, "_tests"))
  curves <- do.call(rbind, lapply(setdiff(names(fit), "Tests"), function(one) {
    x <- fit[[one]]; half <- qnorm(0.975) * sqrt(x$var)
    steps(x$time, x$est, pmax(0, x$est - half), pmin(1, x$est + half), 0, sub(" ([0-9]+)$", "", one))[!duplicated(x$time, fromLast = TRUE), ] |>
      transform(cause = causes[as.integer(sub(".* ", "", one))])
  }))
  table_file(curves, paste0(name, "_curves"))
  picture <- ggplot(curves, aes(time / per, estimate, colour = label, linetype = label)) + geom_step() +
    facet_wrap(~cause) + scale_y_continuous("Cumulative incidence", limits = c(0, 1)) + xlab(paste(unit, "from start")) +
    theme_classic(base_size = 8) + theme(legend.position = "top", legend.title = element_blank())
  figure_file(function() print(picture), name)
}

ratios <- function(fit, model) {
  s <- summary(fit)$coefficients
  data.frame(model = model, term = rownames(s), ratio = exp(s[, 1]), confint.default(fit) |> exp(), p = s[, ncol(s)])
}
forest <- function(rows, name) {
  picture <- ggplot(rows, aes(ratio, term, xmin = X2.5.., xmax = X97.5.., shape = model)) +
    geom_vline(xintercept = 1, linetype = 3) + geom_pointrange(position = position_dodge(0.5), size = 0.3) +
    scale_x_log10() + labs(x = "Ratio (95% CI)", y = NULL) + theme_classic(base_size = 8)
  figure_file(function() print(picture), name)
}
models <- function(name, fit, response, terms, strata = NULL, stay = NULL, keep = character()) {
  formula <- function(terms) as.formula(paste(response, "~", paste(c(terms, strata), collapse = " + ")))
  rows <- do.call(rbind, lapply(terms, function(term) ratios(fit(formula(term)), "univariable")))
  full <- NULL
  if (!is.null(stay) || !is.null(strata)) {
    full <- fit(formula(terms)); rows <- rbind(rows, ratios(full, "multivariable"))
  }
  if (!is.null(stay)) {
    left <- terms; path <- data.frame()
    repeat {
      test <- drop1(fit(formula(left)), test = "Chisq"); p <- test[left, ncol(test)]; p[left %in% keep] <- 0
      if (max(p) <= stay || length(left) == 1) break
      path <- rbind(path, data.frame(removed = left[which.max(p)], p = max(p))); left <- left[-which.max(p)]
    }
    table_file(path, paste0(name, "_selection"))
    rows <- rbind(rows, ratios(fit(formula(left)), "selected"))
  }
  table_file(rows, paste0(name, "_models")); forest(rows, name)
  full
}
schoenfeld <- function(test, name) {
  table_file(data.frame(term = rownames(test$table), test$table), paste0(name, "_ph"))
  values <- data.frame(time = test$x, stack(as.data.frame(test$y)))
  picture <- ggplot(values, aes(time, values)) + geom_point(size = 0.4) + geom_smooth(method = "loess", formula = y ~ x, se = TRUE, linewidth = 0.4) +
    facet_wrap(~ind, scales = "free_y") + theme_classic(base_size = 7)
  figure_file(function() print(picture), paste0(name, "_ph"))
}

if (study == "bmt") {
  b <- transform(patients, id = seq_len(nrow(patients)), age10 = z1 / 10, donor10 = z2 / 10, wait100 = z7 / 100,
                 group = factor(group, labels = c("ALL", "AML low risk", "AML high risk")))
  table_file(describe(b, c("z1", "z2", "z7"), c("z3", "z5", "z4", "z6", "z8", "z10", "z9"), "group"), "patients")
  times <- c(365.25, 730.5, 1826.25)
  survival_part("os", Surv(t1, d1) ~ group, b, times, "Years", 365.25, "z9")
  survival_part("dfs", Surv(t2, d3) ~ group, b, times, "Years", 365.25, "z9")
  event <- ifelse(b$d2 == 1, 1, ifelse(b$d3 == 1, 2, 0))
  incidence_part("incidence", b$t2, event, b$group, times, c("Relapse", "NRM"), "Years", 365.25)
  full <- models("dfs_cox", function(f) coxph(f, b), "Surv(t2, d3)", c("group", "age10", "donor10", "z8", "z3", "z5", "wait100"),
                 strata = "strata(z9)", stay = 0.1, keep = "group")
  schoenfeld(cox.zph(full), "dfs_cox")
  x <- model.matrix(~ group + age10 + z8, b)[, -1]
  uni <- lapply(list(1:2, 3, 4), function(columns) crr(b$t2, event, x[, columns, drop = FALSE]))
  all <- crr(b$t2, event, x)
  rows <- do.call(rbind, lapply(c(uni, list(all)), function(fit) data.frame(model = if (length(fit$coef) == 4) "multivariable" else "univariable",
    term = names(fit$coef), ratio = exp(fit$coef), X2.5.. = exp(fit$coef - 1.96 * sqrt(diag(fit$var))), X97.5.. = exp(fit$coef + 1.96 * sqrt(diag(fit$var))))))
  table_file(rows, "relapse_fine_gray"); forest(rows, "relapse_fine_gray")
  begun <- function(time, happened) ifelse(happened == 1 & time <= b$t2, time, NA)
  b <- transform(b, a = begun(ta, da), c = begun(tc, dc), p = begun(tp, dp))
  td <- tmerge(b, b, id = id, dfs = event(t2, d3), acute = tdc(a), chronic = tdc(c), platelets = tdc(p))
  models("gvhd", function(f) coxph(f, td), "Surv(tstart, tstop, dfs)", c("acute", "chronic", "platelets", "group", "z8"), stay = 1)
  for (name in c("acute", "chronic", "platelets")) {
    fit <- survfit(as.formula(paste("Surv(tstart, tstop, dfs) ~", name)), td)
    s <- summary(fit, times = c(100, 365.25, 730.5), extend = TRUE)
    table_file(data.frame(state = s$strata, time = s$time, n = s$n.risk, estimate = s$surv, lower = s$lower, upper = s$upper), paste0("gvhd_", name))
    figure_of_curves(paste0("gvhd_", name), curves_of(fit), fit, "Years", 365.25)
  }
  for (at in c(182.625, 365.25)) {
    l <- subset(b, t2 > at); l$exposed <- ifelse(!is.na(l$c) & l$c <= at, "yes", "no"); l$time <- l$t2 - at
    survival_part(paste0("chronic_landmark_", round(at)), Surv(time, d3) ~ exposed, l, c(730.5, 1826.25) - at, "Years", 365.25)
  }
} else {
  cohort <- patients; month <- 30.4375; times <- c(365.25, 730.5)
  factors <- c("sex", "ecog", "emd", "karyotype_dx", "heavily_pretreated", "prior_blinatumomab", "first_line_hct", "cycles_group",
               "response_first_cycle", "remission_at_hct", "mrd", "donor_group", "intensity", "double_alkylator", "sos")
  table_file(describe(cohort, c("age", "wbc", "plt", "hb", "ldh", "bm_blasts", "ino_to_hct"), factors), "patients")
  table_file(describe(cohort, c("ino_to_sos", "hct_to_sos"), c("sos_fatal", "sex", "ecog", "first_line_hct"), "sos"), "sos")
  table_file(rbind(table(cohort$sos, cohort$intensity), table(cohort$sos, cohort$double_alkylator)), "sos_by_conditioning")
  survival_part("os", Surv(os_time, os_event) ~ 1, cohort, times, "Months", month)
  incidence_part("relapse_or_death", cohort$relapse_or_death_time, cohort$relapse_or_death_event, NULL, times, c("Relapse", "Death"), "Months", month)
  incidence_part("sos_vod", cohort$sos_vod_time, cohort$sos_vod_event, cohort$double_alkylator, c(30, 100), c("SOS/VOD", "Second transplant", "Death"), "Months", month)
  cohort$age10 <- cohort$age / 10; cohort$over_60 <- cohort$age >= 60; cohort$matched <- cohort$donor_group != "haploidentical or cord blood"
  models("os_age", function(f) coxph(f, cohort), "Surv(os_time, os_event)", c("age10", "over_60"))
  terms <- c("ino_over_2_cycles", "remission_at_hct", "first_line_hct", "prior_blinatumomab", "age10", "sex", "hct_within_50", "intensity", "matched")
  full <- models("os_cox", function(f) coxph(f, cohort), "Surv(os_hct_time, os_hct_event)", terms, stay = 0.2)
  schoenfeld(cox.zph(full), "os_cox")
  models("sos_risk", function(f) glm(f, binomial, cohort), "sos", c("double_alkylator", "first_line_hct", "hct_within_60", "ino_over_2_cycles",
    "intensity", "donor_group", "remission_at_hct", "age10", "sex"))
  fisher <- lapply(c("double_alkylator", "first_line_hct", "hct_within_60"), function(name) fisher.test(cohort[[name]], cohort$sos)$p.value)
  table_file(data.frame(fisher), "sos_fisher")
}
