# Writes heart.csv and the stored values of exposures that start after time zero:
# Rscript make_exposures.R DATA_FOLDER OUTPUT_FOLDER
# The rows (start, stop] are cut here, patient by patient, from the definition.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

folders <- commandArgs(trailingOnly = TRUE)

heart <- data.frame(
  days = jasa$futime, died = jasa$fustat, wait = jasa$wait.time, transplant = jasa$transplant,
  age = round(jasa$age, 4), surgery = jasa$surgery,
  accepted = format(jasa$accept.dt), transplanted = format(jasa$tx.date)
)
heart$transplanted[is.na(jasa$tx.date)] <- NA
write.csv(heart, file.path(folders[1], "heart.csv"), row.names = FALSE, na = "", quote = FALSE)

# One patient: sorted dates of exposure inside (entry, exit); at or before entry = from the start.
cut_one <- function(p, exposures) {
  when <- unlist(p[exposures])
  inside <- sort(unique(when[!is.na(when) & when > p$entry & when < p$exit]))
  edges <- c(p$entry, inside, p$exit)
  do.call(rbind, lapply(seq_len(length(edges) - 1), function(i) {
    on <- !is.na(when) & when <= edges[i]
    data.frame(
      id = p$id, start = edges[i], stop = edges[i + 1],
      event = if (i == length(edges) - 1) p$event else 0,
      state = paste(exposures[on], collapse = " + "), stratum = p$stratum, weight = p$weight
    )
  }))
}

cut_rows <- function(d, exposures) {
  rows <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) cut_one(d[i, ], exposures)))
  seen <- unique(rows$state)
  rows$state <- factor(rows$state, levels = c(seen[seen == ""], sort(seen[seen != ""])))
  rows
}

chi_squared <- function(statistic, fit) {
  df <- length(coef(fit))
  list(statistic = statistic, df = df, p_value = pchisq(statistic, df, lower.tail = FALSE))
}

score <- function(rows, strata = FALSE) {
  f <- if (strata) Surv(start, stop, event) ~ state + strata(stratum) else Surv(start, stop, event) ~ state
  fit <- coxph(f, rows, ties = "exact")
  g <- if (strata) Surv(start, stop, event) ~ strata(stratum) else Surv(start, stop, event) ~ 1
  expected <- rows$event - residuals(coxph(g, rows, ties = "breslow"))
  c(chi_squared(fit$score, fit), list(
    states = I(levels(rows$state)), observed = I(as.vector(tapply(rows$event, rows$state, sum))),
    expected = I(as.vector(tapply(expected, rows$state, sum)))
  ))
}

robust_score <- function(rows, weights = NULL) {
  rows$w <- if (is.null(weights)) 1 else weights
  fit <- coxph(Surv(start, stop, event) ~ state, rows, weights = w, cluster = id, ties = "breslow")
  chi_squared(fit$rscore, fit)
}

curves <- function(rows, conf_type, conf_level, from = NULL, robust = FALSE) {
  if (!is.null(from)) {
    rows <- rows[rows$stop > from, ]
    rows$start <- pmax(rows$start, from)
    rows$state <- droplevels(rows$state)
  }
  fit <- if (robust) {
    survfit(Surv(start, stop, event) ~ state, rows, conf.type = conf_type, conf.int = conf_level,
            cluster = id, robust = TRUE)
  } else {
    survfit(Surv(start, stop, event) ~ state, rows, conf.type = conf_type, conf.int = conf_level)
  }
  q <- quantile(fit, c(0.25, 0.5))
  lapply(seq_along(levels(rows$state)), function(i) {
    f <- fit[i]
    list(
      state = levels(rows$state)[i], time = I(f$time), at_risk = I(f$n.risk), events = I(f$n.event), left = I(f$n.censor),
      estimate = I(f$surv),
      std_error = I(if (f$logse) f$surv * f$std.err else f$std.err),
      lower = I(f$lower), upper = I(f$upper), quantile = I(as.vector(q$quantile[i, ]))
    )
  })
}

# Andersen and Gill's model: the exposure as a time-dependent covariate.
andersen_gill <- function(rows, d) {
  rows$transplant <- as.numeric(rows$state == "transplant")
  rows$age <- d$age[rows$id]
  rows$surgery <- d$surgery[rows$id]
  fit <- coxph(Surv(start, stop, event) ~ transplant + age + surgery, rows, eps = 1e-11, toler.chol = 1e-12, iter.max = 50)
  list(estimate = I(as.vector(coef(fit))), std_error = I(sqrt(diag(vcov(fit)))), loglik = I(fit$loglik))
}

entry_zero <- function(d) { d$entry <- 0; d$stratum <- 1; d$weight <- 1; d }

stanford <- entry_zero(data.frame(
  id = seq_len(nrow(heart)), exit = heart$days, event = heart$died, transplant = heart$wait,
  surgery = heart$surgery
))
stanford$exit[stanford$exit == 0] <- 0.5
stanford$stratum <- stanford$surgery
before_exit <- stanford
tied <- which(before_exit$transplant == before_exit$exit)
before_exit$transplant[tied] <- before_exit$exit[tied] - 0.5

# ties of fractional times, late entry, two exposures, some of them at or before entry
set.seed(20240725)
n <- 70
drawn <- data.frame(
  id = seq_len(n), exit = sample(8:60, n, TRUE) / 10, event = rbinom(n, 1, 0.65),
  stratum = sample(1:2, n, TRUE), weight = round(runif(n, 0.3, 2), 2)
)
drawn$entry <- ifelse(runif(n) < 0.3, sample(1:7, n, TRUE) / 10, 0)
drawn$transplant <- ifelse(runif(n) < 0.6, sample(0:50, n, TRUE) / 10, NA)
drawn$GVHD <- ifelse(runif(n) < 0.5, sample(0:50, n, TRUE) / 10, NA)
drawn$transplant[!is.na(drawn$transplant) & drawn$transplant > drawn$exit] <- NA
drawn$GVHD[!is.na(drawn$GVHD) & drawn$GVHD > drawn$exit] <- NA

one <- cut_rows(drawn, "transplant")
two <- cut_rows(drawn, c("transplant", "GVHD"))
hearts <- cut_rows(stanford, "transplant")

answers <- list(
  software = list(
    R = R.version.string, survival = as.character(packageVersion("survival"))
  ),
  drawn = drawn,
  mantel_byar = list(
    heart = score(hearts), heart_by_surgery = score(hearts, strata = TRUE),
    heart_exposed_at_exit = score(cut_rows(before_exit, "transplant")),
    heart_rows_of_R = score(data.frame(
      survival::heart[c("id", "start", "stop", "event")], state = survival::heart$transplant,
      stratum = 1
    )),
    one = score(one), one_by_stratum = score(one, strata = TRUE),
    two = score(two), two_by_stratum = score(two, strata = TRUE),
    robust = robust_score(two), robust_weighted = robust_score(two, two$weight)
  ),
  andersen_gill = andersen_gill(hearts, heart),
  simon_makuch = list(
    heart = curves(hearts, "log", 0.95), heart_from_60 = curves(hearts, "log-log", 0.9, from = 60),
    one = curves(one, "plain", 0.95), two = curves(two, "logit", 0.99),
    two_from_2.35 = curves(two, "log", 0.95, from = 2.35),
    robust = curves(two, "log", 0.95, robust = TRUE)
  )
)
text <- toJSON(answers, digits = I(17), auto_unbox = TRUE, na = "null", null = "null", dataframe = "columns")
writeLines(text, file.path(folders[2], "exposures.json"))
