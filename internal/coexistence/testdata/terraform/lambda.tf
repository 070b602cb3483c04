# As docs/targets/lambda.md says.
resource "aws_iam_role" "echo" {
  name = "echo"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "echo" {
  function_name    = "echo"
  role             = aws_iam_role.echo.arn
  handler          = "bootstrap"
  runtime          = "provided.al2023"
  filename         = "first.zip" # what runs until the first release
  source_code_hash = filebase64sha256("first.zip")
  publish          = true # version 1, for the alias
  tags             = { "goldfinch:service" = "echo" }
  lifecycle { ignore_changes = [filename, source_code_hash] } # in S3: [s3_bucket, s3_key, s3_object_version]; an image: [image_uri]
}

resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.echo.function_name
  function_version = "1"
  lifecycle { ignore_changes = [function_version, routing_config] }
}
