"""Linda's broker for beanstalkd; `linda_core.new_broker("beanstalk://host")` finds it."""
