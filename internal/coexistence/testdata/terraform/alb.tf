# Everything that a service needs before its first release, as docs/targets/alb.md says that Terraform should have it.
resource "aws_lb" "echo" {
  name    = "echo"
  subnets = var.subnets
}

resource "aws_lb_target_group" "blue" {
  name     = "echo-blue"
  port     = 80
  protocol = "HTTP"
  vpc_id   = var.vpc
  tags     = { "goldfinch:service" = "echo" }
}

resource "aws_lb_target_group" "green" {
  name     = "echo-green"
  port     = 80
  protocol = "HTTP"
  vpc_id   = var.vpc
  tags     = { "goldfinch:service" = "echo" }
}

resource "aws_lb_listener" "echo" {
  load_balancer_arn = aws_lb.echo.arn
  port              = 80
  protocol          = "HTTP"
  tags              = { "goldfinch:service" = "echo" }
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "echo" {
  listener_arn = aws_lb_listener.echo.arn
  priority     = 2000
  condition {
    path_pattern { values = ["/*"] }
  }
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.blue.arn
  }
  tags = { "goldfinch:service" = "echo" }
  lifecycle { ignore_changes = [action] } # of a listener's default action: [default_action]
}

resource "aws_launch_template" "echo" {
  name                   = "echo"
  image_id               = var.image
  instance_type          = "t3.micro"
  update_default_version = false
  tags                   = { "goldfinch:service" = "echo" }
  lifecycle { ignore_changes = [image_id, description] } # of the latest version, which is a release's
}

resource "aws_autoscaling_group" "first" {
  name                = "echo"
  min_size            = 1
  max_size            = 4
  desired_capacity    = 2
  vpc_zone_identifier = var.subnets
  target_group_arns   = [aws_lb_target_group.blue.arn]
  launch_template {
    id      = aws_launch_template.echo.id
    version = "1"
  }
  tag {
    key                 = "goldfinch:service"
    value               = "echo"
    propagate_at_launch = true
  }
  # After its first release Goldfinch has emptied it. A later change of the launch template goes out with the next release.
  lifecycle {
    ignore_changes = [min_size, max_size, desired_capacity, launch_template, target_group_arns, traffic_source, tag]
  }
}

output "alb_listener" { value = aws_lb_listener.echo.arn }
output "alb_rule" { value = aws_lb_listener_rule.echo.arn }
output "alb_blue" { value = aws_lb_target_group.blue.arn }
output "alb_green" { value = aws_lb_target_group.green.arn }
