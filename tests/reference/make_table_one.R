# Writes the stored values of tests of Table 1: tests of means, standardised differences.
# Rscript make_table_one.R DATA_FOLDER OUTPUT_FOLDER

suppressPackageStartupMessages(library(jsonlite))

folders <- commandArgs(trailingOnly = TRUE)
lung <- read.csv(file.path(folders[1], "lung.csv"), na.strings = c("", "NA"))
veteran <- read.csv(file.path(folders[1], "veteran.csv"))

# Austin (2009) Stat Med 28:3083, section 3.1
of_means <- function(x, g) {
  parts <- split(x, factor(g))
  abs(mean(parts[[1]]) - mean(parts[[2]])) / sqrt((var(parts[[1]]) + var(parts[[2]])) / 2)
}

# Yang and Dalton (2012) SAS Global Forum, paper 335: the first level is left out
of_shares <- function(x, g) {
  shares <- prop.table(table(g, x), 1)
  d <- (shares[1, ] - shares[2, ])[-1]
  covariance <- function(p) diag(p, length(p)) - p %*% t(p)
  S <- (covariance(shares[1, -1]) + covariance(shares[2, -1])) / 2
  sqrt(as.numeric(t(d) %*% solve(S) %*% d))
}

largest <- function(f, x, g) {
  pairs <- combn(sort(unique(g)), 2, simplify = FALSE)
  max(sapply(pairs, function(pair) f(x[g %in% pair], g[g %in% pair])))
}

means <- function(x, g) {
  known <- !is.na(x) & !is.na(g)
  x <- x[known]; g <- g[known]
  anova <- oneway.test(x ~ factor(g), var.equal = TRUE)
  found <- list(
    n = length(x), kruskal = kruskal.test(x, factor(g))$p.value,
    anova = anova$p.value, f = unname(anova$statistic),
    difference = largest(of_means, x, g)
  )
  if (length(unique(g)) == 2) {
    welch <- t.test(x ~ factor(g))
    student <- t.test(x ~ factor(g), var.equal = TRUE)
    found <- c(found, list(
      welch = welch$p.value, welch_t = unname(welch$statistic), welch_df = unname(welch$parameter),
      welch_interval = as.vector(welch$conf.int), student = student$p.value,
      student_t = unname(student$statistic), student_interval = as.vector(student$conf.int)
    ))
  }
  found
}

shares <- function(x, g) {
  known <- !is.na(x) & !is.na(g)
  x <- x[known]; g <- g[known]
  counts <- table(g, x)
  list(
    n = length(x), fisher = fisher.test(counts, workspace = 2e7)$p.value,
    chi2 = chisq.test(counts, correct = FALSE)$p.value,
    chi2_yates = chisq.test(counts)$p.value, difference = largest(of_shares, x, g)
  )
}

values <- suppressWarnings(list(
  software = list(R = R.version.string),
  means = list(
    age_by_sex = c(list(data = "lung", value = "age", group = "sex"), means(lung$age, lung$sex)),
    loss_by_sex = c(
      list(data = "lung", value = "weight_loss", group = "sex"), means(lung$weight_loss, lung$sex)
    ),
    time_by_cell = c(
      list(data = "veteran", value = "time", group = "celltype"), means(veteran$time, veteran$celltype)
    )
  ),
  shares = list(
    ecog_by_sex = c(list(data = "lung", value = "ecog", group = "sex"), shares(lung$ecog, lung$sex)),
    cell_by_arm = c(
      list(data = "veteran", value = "celltype", group = "arm"), shares(veteran$celltype, veteran$arm)
    ),
    prior_by_arm = c(
      list(data = "veteran", value = "prior", group = "arm"), shares(veteran$prior, veteran$arm)
    ),
    prior_by_cell = c(
      list(data = "veteran", value = "prior", group = "celltype"), shares(veteran$prior, veteran$celltype)
    )
  )
))
writeLines(
  toJSON(values, digits = I(17), auto_unbox = TRUE, na = "null"),
  file.path(folders[2], "table_one.json")
)
