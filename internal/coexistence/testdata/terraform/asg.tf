# As docs/targets/asg.md says.
resource "aws_lb" "orders" {
  name    = "orders"
  subnets = var.subnets
}

resource "aws_lb_target_group" "orders" {
  name     = "orders"
  port     = 80
  protocol = "HTTP"
  vpc_id   = var.vpc
  tags     = { "goldfinch:service" = "orders" }
  lifecycle { ignore_changes = [tags["goldfinch:split"], tags["goldfinch:arrived"]] }
}

resource "aws_lb_listener" "orders" {
  load_balancer_arn = aws_lb.orders.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.orders.arn
  }
}

resource "aws_launch_template" "orders" {
  name                   = "orders"
  image_id               = var.image
  instance_type          = "t3.micro"
  update_default_version = false
  tags                   = { "goldfinch:service" = "orders" }
  lifecycle { ignore_changes = [image_id, description] } # of the latest version, which is a release's
}

resource "aws_autoscaling_group" "orders" {
  name                = "orders"
  min_size            = 1
  max_size            = 4
  desired_capacity    = 2
  vpc_zone_identifier = var.subnets
  target_group_arns   = [aws_lb_target_group.orders.arn]
  launch_template {
    id      = aws_launch_template.orders.id
    version = "1" # a number
  }
  tag {
    key                 = "goldfinch:service"
    value               = "orders"
    propagate_at_launch = true
  }
  # groups: after its first release, Goldfinch has emptied and detached it
  # instanceRefresh: AWS gives it each version; do not use instance_refresh {} beside it
  lifecycle {
    ignore_changes = [min_size, max_size, desired_capacity, launch_template, target_group_arns, traffic_source, tag]
  }
}

output "asg_target_group" { value = aws_lb_target_group.orders.arn }
