# Writes the stored values: Rscript make.R DATA_FOLDER OUTPUT_FOLDER (run beside functions.R)
# One JSON file a topic: {"software": versions, "cases": [{"case": ..., "values": ...}]}.

source("functions.R")

folders <- commandArgs(trailingOnly = TRUE)

store <- function(topic, cases) {
  answers <- lapply(cases, function(case) {
    answer(case, read.csv(file.path(folders[1], paste0(case$data, ".csv"))))
  })
  text <- as_json(list(software = software(), cases = answers))
  writeLines(text, file.path(folders[2], paste0(topic, ".json")))
}

death <- list(data = "bmt", exit = "death_time", event = "death")
failure <- list(data = "bmt", exit = "free_time", event = "failure")
mixed <- list(data = "random", exit = "exit", event = "cause")
add <- function(base, ...) c(base, list(...))
each <- function(values, f) lapply(values, f)

conf_types <- c("plain", "log", "log-log", "logit", "arcsin")
levels <- c(0.95, 0.9, 0.99, 0.8, 0.95)

store("kaplan_meier", c(
  # every interval, each at its own level
  Map(function(type, level) add(
    death, call = "kaplan_meier", group = "group", conf_type = type, conf_level = level,
    at = c(0, 365.25, 730.5, 2000, 3000), tau = c(365.25, 1826.25)
  ), conf_types, levels, USE.NAMES = FALSE),
  each(conf_types, function(type) add(failure, call = "kaplan_meier", conf_type = type)),
  # small, with flat pieces at p = 1/2 and a curve that reaches 0
  each(conf_types, function(type) list(
    call = "kaplan_meier", data = "aml", exit = "time", event = "event", group = "group",
    conf_type = type, p = c(0.1, 0.25, 0.5, 0.6, 0.75, 0.9), at = c(0, 9, 10, 13, 50, 200), tau = c(9, 30)
  )),
  list(
    list(
      call = "kaplan_meier", data = "veteran", exit = "time", event = "event", group = "celltype",
      conf_type = "log-log", p = c(0.2, 0.5), tau = c(100, 300)
    ),
    # a follow-up time of 0
    list(
      call = "kaplan_meier", data = "transplant", exit = "time", event = "cause", group = "blood",
      conf_type = "logit", tau = 365, at = c(0, 1, 100, 365)
    ),
    # fractional weights: R's default is the robust variance
    add(mixed, call = "kaplan_meier", group = "group", weights = "weight"),
    add(mixed, call = "kaplan_meier", weights = "weight", variance = "greenwood", conf_type = "plain"),
    add(mixed, call = "kaplan_meier", weights = "copies"),
    add(mixed, call = "kaplan_meier", weights = "copies", variance = "robust", conf_type = "log-log"),
    add(mixed, call = "kaplan_meier", group = "group", variance = "robust", conf_type = "logit"),
    # left truncation, alone and with weights
    add(mixed, call = "kaplan_meier", entry = "entry", group = "group", conf_type = "log-log"),
    add(mixed, call = "kaplan_meier", entry = "entry", weights = "weight", group = "stratum"),
    # two rows a subject
    add(mixed, call = "kaplan_meier", subject = "subject", conf_type = "arcsin"),
    add(mixed, call = "kaplan_meier", subject = "subject", weights = "weight", group = "group"),
    list(
      call = "kaplan_meier", data = "episodes", exit = "exit", event = "cause", entry = "entry",
      subject = "subject", weights = "weight", conf_type = "plain"
    )
  )
))

store("follow_up", list(
  add(death, call = "follow_up", group = "group"),
  add(failure, call = "follow_up", conf_level = 0.9),
  add(mixed, call = "follow_up", group = "group"),
  list(call = "follow_up", data = "mgus2", exit = "time", event = "cause", group = "sex", conf_level = 0.99),
  list(call = "follow_up", data = "transplant", exit = "time", event = "cause")
))

veteran <- list(data = "veteran", exit = "time", event = "event")
store("logrank", c(
  each(c(0, 0.5, 1), function(rho) add(failure, call = "logrank", group = "group", rho = rho)),
  each(c(0, 0.5, 1), function(rho) add(
    failure, call = "logrank", group = "group", strata = "hospital", rho = rho
  )),
  each(c(0, 1), function(rho) add(veteran, call = "logrank", group = "celltype", strata = "arm", rho = rho)),
  list(
    add(mixed, call = "logrank", group = "group", rho = 2),
    add(mixed, call = "logrank", group = "group", strata = "stratum", copies = "copies", rho = 0.5),
    add(mixed, call = "logrank_by_cox", group = "group", entry = "entry"),
    add(mixed, call = "logrank_by_cox", group = "group", entry = "entry", strata = "stratum"),
    add(mixed, call = "logrank_by_cox", group = "group", trend = TRUE),
    add(failure, call = "logrank_by_cox", group = "group", trend = TRUE),
    add(failure, call = "logrank_by_cox", group = "group", trend = TRUE, strata = "hospital"),
    add(mixed, call = "logrank_by_cox", group = "group", trend = TRUE, entry = "entry", strata = "stratum"),
    add(mixed, call = "logrank_robust", group = "group", weights = "weight"),
    add(mixed, call = "logrank_robust", group = "group", weights = "weight", entry = "entry", strata = "stratum"),
    add(mixed, call = "logrank_robust", group = "group", entry = "entry", subject = "subject"),
    add(failure, call = "pairwise_logrank", group = "group"),
    add(veteran, call = "pairwise_logrank", group = "celltype", rho = 1)
  )
))

competing <- list(data = "bmt", exit = "free_time", event = "cause")
store("competing_risks", c(
  each(c(0, 0.5, 1), function(rho) add(competing, call = "gray", group = "group", rho = rho)),
  list(
    add(competing, call = "gray"),
    add(competing, call = "gray", group = "group", strata = "hospital"),
    add(mixed, call = "gray", group = "group"),
    add(mixed, call = "gray", group = "group", strata = "stratum", rho = 1),
    add(mixed, call = "gray", group = "stratum", copies = "copies", rho = 0.5),
    list(call = "gray", data = "transplant", exit = "time", event = "cause", group = "blood"),
    list(call = "gray", data = "mgus2", exit = "time", event = "cause", group = "sex", rho = 1),
    add(competing, call = "multi_state", group = "group", conf_type = "log-log", conf_level = 0.9),
    add(competing, call = "multi_state", group = "group", conf_type = "log"),
    add(competing, call = "multi_state", conf_type = "plain"),
    add(mixed, call = "multi_state", conf_type = "logit"),
    add(mixed, call = "multi_state", conf_type = "arcsin"),
    add(mixed, call = "multi_state", group = "group", weights = "weight", conf_type = "log"),
    add(mixed, call = "multi_state", entry = "entry", group = "stratum", conf_type = "log-log"),
    add(mixed, call = "multi_state", entry = "entry", weights = "weight", conf_type = "plain"),
    list(
      call = "multi_state", data = "episodes", exit = "exit", event = "cause", entry = "entry",
      subject = "subject", weights = "weight", conf_type = "log-log"
    )
  )
))
