# Writes the data files of the tests: Rscript data.R FOLDER
# From packages, with derived columns; and one drawn at random with every complication at once.

suppressPackageStartupMessages({
  library(survival)
  library(KMsurv)
})

folder <- commandArgs(trailingOnly = TRUE)[1]
write <- function(d, name) {
  write.csv(d, file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "", quote = FALSE)
}

data(bmt, package = "KMsurv")
write(data.frame(
  group = bmt$group, hospital = bmt$z9, death_time = bmt$t1, death = bmt$d1,
  free_time = bmt$t2, failure = bmt$d3, cause = ifelse(bmt$d2 == 1, 1, ifelse(bmt$d3 == 1, 2, 0))
), "bmt")

write(data.frame(group = as.character(aml$x), time = aml$time, event = aml$status), "aml")

write(data.frame(
  celltype = as.character(veteran$celltype), arm = veteran$trt, prior = veteran$prior,
  time = veteran$time, event = veteran$status
), "veteran")

write(data.frame(
  blood = as.character(transplant$abo), sex = as.character(transplant$sex),
  time = transplant$futime, cause = as.integer(transplant$event) - 1
), "transplant")

progressed <- mgus2$pstat == 1
write(data.frame(
  sex = as.character(mgus2$sex), time = ifelse(progressed, mgus2$ptime, mgus2$futime),
  cause = ifelse(progressed, 1, 2 * mgus2$death)
), "mgus2")

# A subject has two rows side by side (clustered); times are tenths, so that ties are of fractions.
set.seed(20240611)
n <- 120
random <- data.frame(
  subject = rep(seq_len(n / 2), 2), group = sample(c("a", "b", "c"), n, TRUE),
  stratum = sample(1:2, n, TRUE), exit = sample(3:30, n, TRUE) / 10,
  cause = sample(0:3, n, TRUE, prob = c(0.35, 0.3, 0.2, 0.15)),
  weight = round(runif(n, 0.2, 2.5), 2), copies = sample(1:3, n, TRUE)
)
random$entry <- pmax(0, random$exit * 10 - sample(1:25, n, TRUE)) / 10
random$entry[random$entry >= random$exit] <- 0
write(random, "random")

# Follow-up of a subject cut into (entry, exit] rows: only the last can end in an event.
n <- 40
start <- sample(0:4, n, TRUE)
middle <- start + sample(1:5, n, TRUE)
weight <- round(runif(n, 0.2, 2), 2)
episodes <- rbind(
  data.frame(subject = 1:n, entry = start, exit = middle, cause = 0, weight = weight),
  data.frame(
    subject = 1:n, entry = middle, exit = middle + sample(1:5, n, TRUE),
    cause = sample(0:2, n, TRUE), weight = weight
  )
)
write(episodes[order(episodes$subject, episodes$entry), ], "episodes")
