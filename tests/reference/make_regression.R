# Writes the stored values of regression: Rscript make_regression.R DATA_FOLDER OUTPUT_FOLDER
# One JSON file a topic: {"software": versions, "cases": [{"case": ..., "values": ...}]}.

source("regression_functions.R")

folders <- commandArgs(trailingOnly = TRUE)

store <- function(topic, cases) {
  answers <- lapply(cases, function(case) {
    answer(case, read.csv(file.path(folders[1], paste0(case$data, ".csv"))))
  })
  text <- as_json(list(software = software(), cases = answers))
  writeLines(text, file.path(folders[2], paste0(topic, ".json")))
}

add <- function(base, ...) c(base, list(...))
each <- function(values, f) lapply(values, f)
with_call <- function(cases, call) each(cases, function(case) c(list(call = call), case))

on <- function(data, formula, ...) list(data = data, formula = formula, ...)
efron_and_breslow <- function(cases) c(cases, each(cases, function(case) add(case, ties = "breslow")))

full <- "x + dose + arm + stage"
right <- function(terms) paste("Surv(exit, event) ~", terms)
late <- function(terms) paste("Surv(entry, exit, event) ~", terms)

plain <- on("trial", right(full))
stratified <- on("trial", right(paste(full, "+ strata(site)")))
weighted <- on("trial", right(full), weights = "weight")
copied <- on("trial", right(full), weights = "copies")
truncated <- on("trial", late(full))
everything <- on(
  "trial", late(paste(full, "+ strata(site) + offset(shift) + cluster(id)")), weights = "weight"
)
lung <- on("lung", "Surv(time, death) ~ age + sex + ecog")
lung_missing <- on("lung", "Surv(time, death) ~ age + sex + karnofsky + weight_loss + strata(institution)")
heart <- on("stanford", "Surv(start, stop, death) ~ age + year + surgery + transplant")
bladder <- on(
  "bladder", "Surv(start, stop, recurrence) ~ arm + number + size + strata(order) + cluster(id)"
)

store("cox", c(
  with_call(efron_and_breslow(list(
    add(plain, terms = TRUE, conf_level = 0.9),
    add(stratified, terms = TRUE),
    on("trial", right("x + dose + strata(site, arm)")),
    on("trial", right(paste(full, "+ offset(shift)")), terms = TRUE),
    add(copied, conf_level = 0.99),
    add(copied, robust = TRUE),
    weighted,
    add(weighted, robust = FALSE),
    add(plain, robust = TRUE),
    on("trial", right(paste(full, "+ cluster(id)"))),
    add(truncated, terms = TRUE),
    everything,
    on("trial", late("x * arm + dose * stage + offset(shift)")),
    lung, heart, bladder, add(lung_missing, terms = FALSE)
  )), "cox"),
  with_call(efron_and_breslow(list(
    add(plain, ridge = 3), add(weighted, ridge = 0.5), add(stratified, ridge = 20), add(truncated, ridge = 1),
    add(lung, ridge = 10)
  )), "cox_ridge")
))

store("ph_test", with_call(c(
  list(plain, stratified, truncated, weighted, lung, heart, copied, bladder, everything),
  unlist(each(c("rank", "identity"), function(t) list(
    add(plain, transform = t), add(everything, transform = t), add(heart, transform = t)
  )), recursive = FALSE),
  list(
    add(plain, ties = "breslow"), add(everything, ties = "breslow", transform = "rank"),
    add(truncated, ties = "breslow", transform = "identity"),
    on("trial", right("x * arm + strata(site)"), transform = "rank")
  )
), "ph_test"))

store("residuals", with_call(list(
  plain, weighted, everything, heart, add(stratified, ties = "breslow"), add(everything, ties = "breslow")
), "residuals"))

store("concordance", with_call(list(
  plain, stratified, weighted, copied, truncated, everything, lung, lung_missing, heart, bladder,
  on("trial", right(paste(full, "+ cluster(id)")), weights = "weight"),
  on("trial", right("dose")), on("trial", late("arm + strata(site)"), weights = "weight")
), "concordance"))

rows <- c(3, 20, 77)
store("cox_prediction", with_call(efron_and_breslow(list(
  add(plain, rows = rows), add(stratified, rows = rows, conf_type = "log-log"),
  add(weighted, rows = rows), add(add(weighted, robust = FALSE), rows = rows, conf_type = "plain"),
  add(truncated, rows = rows, conf_level = 0.9), add(everything, rows = rows),
  on("trial", right(paste(full, "+ offset(shift)")), rows = rows),
  add(copied, rows = rows), add(heart, rows = c(1, 10))
)), "cox_prediction"))

causes <- function(terms) paste("Surv(exit, cause) ~", terms)
competing <- list(exit = "exit", event = "cause", rows = rows)
store("fine_gray", with_call(list(
  c(on("trial", causes(full), cause = 1), competing),
  c(on("trial", causes(full), cause = 2), competing),
  c(on("trial", causes(full), cause = 1, censoring_strata = "site"), competing),
  c(on("trial", causes("x + stage"), cause = 2, censoring_strata = "arm"), competing),
  c(on("trial", causes("x + dose"), cause = 1, copies = "copies"), competing),
  c(on("trial", causes("x + arm"), cause = 1, copies = "copies", censoring_strata = "site"), competing),
  on(
    "bmt", "Surv(free_time, cause) ~ group", exit = "free_time", event = "cause", cause = 2,
    censoring_strata = "hospital", rows = c(1, 100)
  ),
  on("mgus2", "Surv(time, cause) ~ sex", exit = "time", event = "cause", cause = 1, rows = c(1, 3))
), "fine_gray"))

store("logistic", with_call(list(
  on("trial", "response ~ x + dose + stage + arm"),
  on("trial", "response ~ x + dose", conf_level = 0.9),
  on("trial", "response ~ x + stage", weights = "copies"),
  on("trial", "response ~ x + dose + offset(shift)", conf_level = 0.99),
  on("trial", "response ~ x * arm + stage"),
  on("lung", "death ~ age + sex")
), "logistic"))

spline <- paste(full, "+ rcs(shift, 4)")
store("selection", c(
  with_call(unlist(each(list(
    on("trial", right(spline)), on("trial", late(paste(spline, "+ strata(site)")), weights = "weight"),
    on("trial", "response ~ x + dose + stage + arm + rcs(shift, 3)"),
    on("lung", "Surv(time, death) ~ age + sex + ecog")
  ), function(case) list(
    add(case, rule = "p", stay = 0.05), add(case, rule = "p", stay = 0.2), add(case, rule = "aic"),
    add(case, rule = "aic", type = "residual"), add(case, rule = "p", stay = 0.1, type = "residual"),
    add(case, rule = "p", stay = 1e-9)
  )), recursive = FALSE), "fastbw"),
  with_call(c(
    each(3:7, function(k) list(data = "trial", column = "x", nk = k)),
    each(3:6, function(k) list(data = "lung", column = "age", nk = k)),
    list(list(data = "trial", column = "x", knots = c(-1, 0, 0.5, 1.5)))
  ), "rcs")
))
