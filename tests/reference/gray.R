# Cumulative incidence, its variance and Gray's test by cmprsk::cuminc.
#
# Rscript tests/reference/gray.R                  (from the repository root) writes gray.json
# Rscript tests/reference/gray.R CASES ANSWERS    answers cases drawn by a test
#
# A case is a list with time, event (0 censored, 1..C a cause), group (1..G), optionally strata,
# and rho (several values).

suppressPackageStartupMessages({
  library(cmprsk)
  library(jsonlite)
})

tests <- function(case, rho) {
  arguments <- list(case$time, case$event, case$group, rho = rho)
  if (!is.null(case$strata)) arguments$strata <- case$strata
  found <- do.call(cuminc, arguments)$Tests
  list(rho = rho, cause = I(as.integer(rownames(found))), statistic = I(unname(found[, "stat"])))
}

curves <- function(case) {
  fit <- cuminc(case$time, case$event, case$group)
  fit$Tests <- NULL
  times <- sort(unique(case$time))
  at <- timepoints(fit, times)
  list(time = I(times), curve = I(rownames(at$est)), estimate = unname(at$est),
       variance = unname(at$var))
}

answer <- function(case) {
  c(list(tests = lapply(case$rho, function(rho) tests(case, rho))),
    if (is.null(case$strata)) list(curves = curves(case)))
}

stored_cases <- function() {
  set.seed(20240501)
  bmt <- read.csv("examples/bmt/bmt.csv")
  bmt_case <- list(time = bmt$t2, event = ifelse(bmt$d2 == 1, 1, ifelse(bmt$d3 == 1, 2, 0)),
                   group = bmt$group, rho = c(0, 1, 0.5, -1))
  draw <- function(n, times, causes, groups, least = 0) {
    list(time = sample(times, n, TRUE), event = sample(least:causes, n, TRUE),
         group = sample(groups, n, TRUE), rho = c(0, 1, 0.5))
  }
  untied <- within(draw(60, 9, 2, 3), time <- sample(60))
  no_events <- within(draw(80, 15, 2, 3), event[group == 2] <- 0)
  runs_out <- within(draw(80, 30, 2, 3), time[group == 1] <- (time[group == 1] + 4) %/% 5)
  list(
    bmt = bmt_case,
    bmt_strata = c(bmt_case, list(strata = bmt$z9)),
    untied = untied,
    three_causes = draw(90, 25, 3, 3),
    heavy_ties = draw(150, 5, 3, 4),
    no_events = no_events,
    runs_out = runs_out,
    all_fail = draw(40, 8, 2, 3, least = 1),
    strata = c(draw(120, 20, 2, 3), list(strata = sample(1:4, 120, TRUE))),
    # the pooled F_0 passes 1: group 1 fails first, groups 2 and 3 later
    beyond_one = list(time = c(rep(1, 8), rep(2, 6), 3, 3, 4, 4, 5, 5),
                      event = c(rep(1, 18), 0, 1),
                      group = c(rep(1, 8), 2, 2, 2, 3, 3, 3, 2, 3, 2, 3, 2, 3), rho = c(0, 1, 2))
  )
}

as_json <- function(x) toJSON(x, digits = I(17), auto_unbox = TRUE, na = "null")

given <- commandArgs(trailingOnly = TRUE)
if (length(given) == 2) {
  write(as_json(lapply(read_json(given[1], simplifyVector = TRUE, simplifyDataFrame = FALSE,
                                 simplifyMatrix = FALSE), answer)), given[2])
} else {
  cases <- stored_cases()
  software <- list(R = R.version.string, cmprsk = as.character(packageVersion("cmprsk")))
  asked <- lapply(cases, function(case) c(lapply(case, I), answer(case)))
  write(as_json(list(software = software, cases = asked)), "tests/reference/gray.json")
}
