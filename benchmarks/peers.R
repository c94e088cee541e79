# R's side of the benchmarks: one task at one size in a process of its own. Same arguments, commands
# and answers as worker.py. Arguments: who, task, folder of the data.

arguments <- commandArgs(trailingOnly = TRUE)
who <- arguments[1]; task <- arguments[2]; folder <- arguments[3]

answer <- function(text) { cat(text, "\n", sep = ""); flush(stdout()) }

package <- c("R survival" = "survival", "R coxph" = "survival", "R cmprsk" = "cmprsk")[[who]]
if (!suppressPackageStartupMessages(require(package, character.only = TRUE, quietly = TRUE))) {
  answer(sprintf('{"absent": "R package %s is not installed"}', package))
  quit(status = 0)
}

column <- function(name) {
  file <- file.path(folder, paste0(name, ".bin"))
  kind <- if (name %in% c("continuous", "score") || grepl("x", name)) "double" else "integer"
  readBin(file, kind, n = file.size(file) / 8, size = 8)
}
covariates <- function(name, width) matrix(column(name), ncol = width, byrow = TRUE)

curve <- function(time, estimate, std_error) list(time, estimate, std_error)
coefficients <- function(estimate, std_error) {
  list(curve(seq_along(estimate), as.double(estimate), as.double(std_error)))
}
test <- function(statistics) lapply(unname(statistics), function(x) curve(0, x, NaN))

# timefix = FALSE is R's faster way where no two times are nearly equal, as here. survdiff 3.5
# documents the argument but fails when it is given.
kaplan_meier <- list(
  run = function(time, event) survfit(Surv(time, event) ~ 1, timefix = FALSE),
  read = function(fit) list(curve(fit$time, fit$surv, fit$surv * fit$std.err))
)

# coxph.fit is what coxph calls once it has read its formula; its help page names it for work like this.
fit_arrays <- function(time, event, x) {
  coxph.fit(x, Surv(time, event), strata = NULL, offset = NULL, init = NULL,
            control = coxph.control(timefix = FALSE), weights = NULL, method = "efron",
            rownames = NULL, resid = FALSE)
}
fit_formula <- function(time, event, x) {
  coxph(Surv(time, event) ~ x, control = coxph.control(timefix = FALSE))
}
read_fit <- function(fit) coefficients(fit$coefficients, sqrt(diag(fit$var)))

cox_tasks <- function(run) {
  task <- function(width) list(
    load = function() list(column("model_days"), column("model_event"),
                           covariates(paste0("x", width), width)),
    run = run,
    read = read_fit
  )
  resample <- function(rows, time, event, x) run(time[rows], event[rows], x[rows, ])$coefficients
  list(
    cox_3 = task(3), cox_10 = task(10), cox_50 = task(50),
    bootstrap = list(
      load = function() {
        counts <- matrix(column("lung_counts"), nrow = 228)
        list(apply(counts, 2, function(count) rep(seq_along(count), count)),
             column("lung_days"), column("lung_event"), covariates("lung_x", 4))
      },
      run = function(samples, ...) apply(samples, 2, resample, ...),
      read = function(found) coefficients(rowMeans(found), apply(found, 1, sd))
    )
  )
}

survival_tasks <- c(cox_tasks(fit_arrays), list(
  km_days = c(kaplan_meier, load = function() list(column("days"), column("event"))),
  km_continuous = c(kaplan_meier, load = function() list(column("continuous"), column("event"))),
  logrank = list(
    load = function() list(column("days"), column("event"), column("group")),
    run = function(time, event, group) survdiff(Surv(time, event) ~ group),
    read = function(fit) test(fit$chisq)
  ),
  aalen_johansen = list(
    load = function() list(column("days"), factor(column("cause"), 0:2)),
    run = function(time, cause) survfit(Surv(time, cause) ~ 1, timefix = FALSE),
    read = function(fit) lapply(2:3, function(k) curve(fit$time, fit$pstate[, k], fit$std.err[, k]))
  ),
  concordance = list(
    load = function() list(column("model_days"), column("model_event"), column("score")),
    run = function(time, event, score) {
      concordancefit(Surv(time, event), score, timefix = FALSE, reverse = TRUE)
    },
    read = function(fit) coefficients(fit$concordance, sqrt(fit$var))
  )
))

coxph_tasks <- c(cox_tasks(fit_formula), list(
  cox_cluster = list(
    load = function() list(column("model_days"), column("model_event"), covariates("x10", 10),
                           column("cluster")),
    run = function(time, event, x, cluster) {
      coxph(Surv(time, event) ~ x, cluster = cluster, control = coxph.control(timefix = FALSE))
    },
    read = read_fit
  )
))

# cuminc lists each time twice, before and after its step: the last value is the step's.
read_cuminc <- function(fit) {
  lapply(unname(fit), function(x) {
    last <- !duplicated(x$time, fromLast = TRUE)
    curve(x$time[last], x$est[last], sqrt(x$var[last]))
  })
}

cmprsk_tasks <- list(
  aalen_johansen = list(
    load = function() list(column("days"), column("cause")),
    run = function(time, cause) cuminc(time, cause),
    read = read_cuminc
  ),
  gray = list(
    load = function() list(column("days"), column("cause"), column("group")),
    run = function(time, cause, group) cuminc(time, cause, group),
    read = function(fit) test(fit$Tests[, "stat"])
  ),
  fine_gray = list(
    load = function() list(column("model_days"), column("model_cause"), covariates("x10", 10)),
    run = function(time, cause, x) crr(time, cause, x, failcode = 1, cencode = 0),
    read = function(fit) coefficients(fit$coef, sqrt(diag(fit$var)))
  )
)

programs <- list("R survival" = survival_tasks, "R coxph" = coxph_tasks, "R cmprsk" = cmprsk_tasks)
call <- programs[[who]][[task]]

status <- function(field) {
  if (!file.exists("/proc/self/status")) return(NA_real_)
  line <- grep(paste0("^", field, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024
}
forget_peak <- function() {
  if (file.exists("/proc/self/clear_refs")) cat("5", file = "/proc/self/clear_refs")
}

most <- 20
data <- call$load()
fit <- do.call(call$run, lapply(data, head, 1000))

timed <- function() {
  fit <<- NULL
  start <- Sys.time()
  fit <<- do.call(call$run, data)
  as.numeric(Sys.time() - start, units = "secs")
}

turn <- function(seconds) {
  fit <<- NULL
  invisible(gc())
  forget_peak()
  before <- status("VmRSS")
  times <- timed()
  peak_bytes <- max(0, status("VmHWM") - before)
  while (sum(times) < as.numeric(seconds) && length(times) < most) times <- c(times, timed())
  sprintf('{"seconds": [%s], "peak_bytes": %s}', paste(sprintf("%.6f", times), collapse = ", "),
          if (is.na(peak_bytes)) "null" else sprintf("%.0f", peak_bytes))
}

write <- function(file) {
  curves <- call$read(fit)
  parts <- lapply(curves, function(x) c(length(x[[1]]), unlist(x)))
  writeBin(as.double(c(length(curves), unlist(parts))), file)
  sprintf('{"written": "%s"}', file)
}

answer(sprintf('{"versions": {"R": "%s", "%s": "%s"}}', getRversion(), who, packageVersion(package)))
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) == 1) {
  verb <- sub(" .*", "", line)
  answer(do.call(verb, list(sub("^[^ ]* ", "", line))))
}
