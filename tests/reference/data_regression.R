# Writes the data files of the tests of regression: Rscript data_regression.R FOLDER
# Three from the package survival; one drawn at random with every complication at once.

suppressPackageStartupMessages(library(survival))

folder <- commandArgs(trailingOnly = TRUE)[1]
write <- function(d, name) {
  write.csv(d, file.path(folder, paste0(name, ".csv")), row.names = FALSE, na = "", quote = FALSE)
}

write(data.frame(
  institution = lung$inst, time = lung$time, death = lung$status - 1, age = lung$age,
  sex = ifelse(lung$sex == 1, "male", "female"), ecog = lung$ph.ecog, karnofsky = lung$ph.karno,
  weight_loss = lung$wt.loss
), "lung")

write(data.frame(
  id = heart$id, start = heart$start, stop = heart$stop, death = heart$event, age = heart$age,
  year = heart$year, surgery = heart$surgery, transplant = as.integer(heart$transplant == "1")
), "stanford")

write(data.frame(
  id = bladder2$id, arm = ifelse(bladder2$rx == 1, "placebo", "thiotepa"),
  number = bladder2$number, size = bladder2$size, start = bladder2$start, stop = bladder2$stop,
  recurrence = bladder2$event, order = bladder2$enum
), "bladder")

# Few times, so that many tie; a subject has two rows side by side (clustered).
set.seed(20250117)
n <- 160
x <- round(rnorm(n), 3)
dose <- sample(0:4, n, TRUE)
arm <- sample(c("control", "treated"), n, TRUE)
stage <- sample(c("i", "ii", "iii"), n, TRUE, prob = c(0.5, 0.3, 0.2))
site <- sample(c("north", "south", "west"), n, TRUE)
shift <- round(runif(n, -0.5, 0.5), 2)
eta <- 0.5 * x - 0.2 * dose + 0.6 * (stage == "iii") - 0.4 * (arm == "treated") + shift
exit <- pmin(ceiling(rexp(n, 0.08 * exp(eta))), sample(8:25, n, TRUE))
entry <- pmax(0, pmin(exit - 1, sample(-12:6, n, TRUE)))
cause <- ifelse(exit == 25, 0, sample(0:2, n, TRUE, prob = c(0.25, 0.45, 0.3)))
write(data.frame(
  id = rep(seq_len(n / 2), 2), site = site, entry = entry, exit = exit, cause = cause,
  event = as.integer(cause == 1), x = x, dose = dose, arm = arm, stage = stage, shift = shift,
  weight = round(runif(n, 0.2, 2.5), 2), copies = sample(1:3, n, TRUE),
  response = rbinom(n, 1, plogis(-0.3 + 0.7 * x + 0.3 * dose - 0.8 * (stage == "iii")))
), "trial")
