"""Nine roles with separated duties."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0020_journey_views'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='user',
            name='user_role_known',
        ),
        migrations.AlterField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('rm', '客户经理'), ('team_lead', '团队长'), ('branch_head', '行长'), ('analyst', '数字运营'), ('campaign_manager', '活动经理'), ('approver', '审批人'), ('compliance', '合规'), ('data_engineer', '数据工程师'), ('admin', '管理员')], default='rm', max_length=16),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['rm', 'team_lead', 'branch_head', 'analyst', 'campaign_manager', 'approver', 'compliance', 'data_engineer', 'admin'])), name='user_role_known'),
        ),
    ]
