from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('state', '0014_text_changes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='workorder',
            index=models.Index(fields=['staff_id', 'due_at', 'first_contact_at', 'closed_at', 'branch_id'], name='order_first_contact'),
        ),
    ]
