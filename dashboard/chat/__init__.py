"""Chat: the weekly digest and alerts to incoming webhooks of Slack, Teams, Mattermost and Rocket.Chat."""
