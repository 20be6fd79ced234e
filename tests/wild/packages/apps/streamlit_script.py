"""What Streamlit runs."""

import streamlit

streamlit.title("An hour of weather")
streamlit.write("It rains.")
